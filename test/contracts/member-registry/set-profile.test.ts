import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { profile, startWorld, zero32 } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const set = (id: number, from: `0x${string}`, as = profile("moved")) => w.send(from, w.members, "setProfile", [id, as]);

test.serial("governor and operator change their own profile", async (t) => {
  const before = await w.read<bigint>(w.members, "epoch");
  emitted(t, await set(1, w.governor(1)), "ProfileChanged", { id: 1, profile: profile("moved"), epoch: before + 1n });
  t.deepEqual(await w.read(w.members, "profile", [1]), profile("moved"));
  await t.notThrowsAsync(set(1, w.operator(1), profile("again")));
});

test.serial("nobody else does", async (t) => {
  for (const from of [w.governor(2), w.operator(2), w.council, w.stranger]) await refused(t, "CallerNotMember", set(1, from));
  await w.send(w.governor(4), w.members, "removeOperator", [4, w.operator(4)]);
  await refused(t, "CallerNotMember", set(4, w.operator(4)));
});

test.serial("malformed profiles, members that are not Active and paused writes are refused", async (t) => {
  await refused(t, "ProfileDigestMissing", set(1, w.governor(1), { ...profile("x"), spkiSha256: zero32 }));
  await refused(t, "TextMalformed", set(1, w.governor(1), { ...profile("x"), endpoint: "" }));
  await refused(t, "MemberUnknown", set(9, w.governor(1)));
  await w.send(w.council, w.members, "suspend", [2]);
  await refused(t, "MemberStatusUnexpected", set(2, w.governor(2)));
  await w.pause(w.members);
  await refused(t, "WritesArePaused", set(1, w.governor(1)));
});
