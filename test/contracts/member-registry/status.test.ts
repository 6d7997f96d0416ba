import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startWorld } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const { members } = w;
const council = (change: string, id: number) => w.send(w.council, members, change, [id]);
const status = async (id: number) => (await w.read<{ status: number }>(members, "member", [id])).status;

test.serial("suspension rests vote and operators, reinstatement brings them back", async (t) => {
  emitted(t, await council("suspend", 1), "MemberSuspended", { id: 1 });
  t.is(await status(1), 2);
  t.is(await w.read(members, "hospitalOf", [w.operator(1)]), 0);
  t.deepEqual(await w.read(members, "memberOf", [w.operator(1)]), [1, 1, 2]);
  t.false(await w.read(members, "isActiveHospital", [1]));
  t.is(await w.read(members, "getVotes", [w.governor(1)]), 0n);
  emitted(t, await council("reinstate", 1), "MemberReinstated", { id: 1 });
  t.is(await w.read(members, "hospitalOf", [w.operator(1)]), 1);
  t.true(await w.read(members, "isActiveHospital", [1]));
  t.is(await w.read(members, "getVotes", [w.governor(1)]), 1n);
});

test.serial("a suspended member can be expelled, and an expelled one is gone for good", async (t) => {
  await council("suspend", 2);
  const sent = await council("expel", 2);
  emitted(t, sent, "MemberExpelled", { id: 2 });
  t.false(sent.events.some(({ name }) => name === "DelegateVotesChanged"));
  for (const change of ["suspend", "reinstate", "expel"]) {
    t.deepEqual(await refused(t, "MemberStatusUnexpected", council(change, 2)), [2, 3]);
  }
});

test.serial("an Active member can be expelled at once and loses its vote", async (t) => {
  const sent = await council("expel", 3);
  emitted(t, sent, "DelegateVotesChanged", { delegate: w.governor(3), newVotes: 0n });
  t.is(await w.read(members, "hospitalOf", [w.operator(3)]), 0);
});

test.serial("an observer comes and goes without a vote", async (t) => {
  t.is((await council("suspend", 5)).events.length, 1);
  t.is((await council("reinstate", 5)).events.length, 1);
  t.false(await w.read(members, "isActiveHospital", [5]));
});

test.serial("unknown members, strangers and wrong order are refused", async (t) => {
  for (const change of ["suspend", "reinstate", "expel"]) {
    t.deepEqual(await refused(t, "MemberUnknown", council(change, 99)), [99]);
    await refused(t, "AccessManagedUnauthorized", w.send(w.governor(4), members, change, [4]));
  }
  await refused(t, "MemberStatusUnexpected", council("reinstate", 4));
});

test.serial("the brake stops reinstatement, never suspension or expulsion", async (t) => {
  await council("suspend", 1);
  await w.pause(members);
  await refused(t, "WritesArePaused", council("reinstate", 1));
  await t.notThrowsAsync(council("suspend", 4));
  await t.notThrowsAsync(council("expel", 4));
});
