import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { profile, startWorld, zero, zero32 } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const { members } = w;
const admit = (kind: number, governor: string, operators: readonly string[], as = profile("new"), from = w.council) =>
  w.send(from, members, "admit", [kind, governor, operators, as]);
const next = () => w.signer().address;

test.serial("admits a hospital with its operators, profile and vote", async (t) => {
  const [governor, operator] = [next(), next()];
  const before = await w.read<bigint>(members, "epoch");
  const sent = await admit(1, governor, [operator]);
  emitted(t, sent, "MemberAdmitted", { id: 6, kind: 1, governor, operators: [operator], profile: profile("new"), epoch: before + 1n });
  emitted(t, sent, "DelegateVotesChanged", { delegate: governor, previousVotes: 0n, newVotes: 1n });
  t.deepEqual(await w.read(members, "memberOf", [operator]), [6, 1, 1]);
  t.is(await w.read(members, "hospitalOf", [operator]), 6);
  t.is(await w.read(members, "memberCount"), 6);
  t.is(await w.read(members, "getVotes", [governor]), 1n);
  const member = await w.read<{ kind: number; status: number; governor: string; admittedAt: number }>(members, "member", [6]);
  t.deepEqual(member, { kind: 1, status: 1, governor, admittedAt: await w.now() });
  t.deepEqual(await w.read(members, "operators", [6]), [operator]);
});

test.serial("admits an observer without a vote, whose operator writes for no hospital", async (t) => {
  const [governor, operator] = [next(), next()];
  const sent = await admit(2, governor, [operator]);
  t.false(sent.events.some(({ name }) => name === "DelegateVotesChanged"));
  t.is(await w.read(members, "getVotes", [governor]), 0n);
  t.is(await w.read(members, "hospitalOf", [operator]), 0);
  t.deepEqual(await w.read(members, "memberOf", [operator]), [7, 2, 1]);
});

test.serial("an observer needs no more than a name", async (t) => {
  const bare = { displayName: "regulator", endpoint: "", openpgpSha256: zero32, spkiSha256: zero32 };
  await t.notThrowsAsync(admit(2, next(), [], bare));
  await refused(t, "TextMalformed", admit(2, next(), [], { ...bare, displayName: "" }));
  await refused(t, "TextMalformed", admit(2, next(), [], { ...bare, endpoint: "x".repeat(257) }));
  await refused(t, "TextMalformed", admit(1, next(), [], bare));
});

test.serial("refuses what is incomplete", async (t) => {
  await refused(t, "MemberKindMissing", admit(0, next(), []));
  await refused(t, "AddressMissing", admit(1, zero, []));
  await refused(t, "AddressMissing", admit(1, next(), [zero]));
  for (const field of ["openpgpSha256", "spkiSha256"]) await refused(t, "ProfileDigestMissing", admit(1, next(), [], { ...profile("x"), [field]: zero32 }));
  for (const [field, length] of [["displayName", 0], ["displayName", 129], ["endpoint", 0], ["endpoint", 257]] as const) {
    const args = await refused(t, "TextMalformed", admit(1, next(), [], { ...profile("x"), [field]: "x".repeat(length) }));
    t.is(args[1], BigInt(length));
  }
});

test.serial("takes sixteen operators, not seventeen", async (t) => {
  await refused(t, "OperatorsTooMany", admit(1, next(), Array.from({ length: 17 }, next)));
  await t.notThrowsAsync(admit(1, next(), Array.from({ length: 16 }, next)));
});

test.serial("an address serves one member in one part, for ever", async (t) => {
  const one = next();
  t.deepEqual(await refused(t, "AddressTaken", admit(1, w.governor(1), [])), [w.governor(1), 1]);
  t.deepEqual(await refused(t, "AddressTaken", admit(1, next(), [w.operator(2)])), [w.operator(2), 2]);
  await refused(t, "AddressTaken", admit(1, one, [one]));
  await refused(t, "AddressTaken", admit(1, next(), [one, one]));
});

test.serial("only the Council admits, and not while writes are paused", async (t) => {
  await refused(t, "AccessManagedUnauthorized", admit(1, next(), [], profile("x"), w.stranger));
  await w.pause(members);
  await refused(t, "WritesArePaused", admit(1, next(), []));
});
