import test from "ava";
import { refused, reportCoverage } from "../support/chain.ts";
import { startWorld, zero, zero32 } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const { members } = w;

test.serial("the clock is the block's time (ERC-6372)", async (t) => {
  t.is(await w.read(members, "CLOCK_MODE"), "mode=timestamp");
  t.is(await w.read(members, "clock"), await w.now());
});

test.serial("past votes and supply stay what they were", async (t) => {
  await w.sleep(10);
  const before = BigInt(await w.now()) - 1n;
  t.is(await w.read(members, "getPastTotalSupply", [before]), 4n);
  await w.send(w.council, members, "suspend", [1]);
  await w.sleep(10);
  const after = BigInt(await w.now()) - 1n;
  t.is(await w.read(members, "getPastVotes", [w.governor(1), before]), 1n);
  t.is(await w.read(members, "getPastVotes", [w.governor(1), after]), 0n);
  t.is(await w.read(members, "getPastTotalSupply", [before]), 4n);
  t.is(await w.read(members, "getPastTotalSupply", [after]), 3n);
});

test.serial("the present and the future cannot be asked for", async (t) => {
  const now = BigInt(await w.now());
  await refused(t, "ERC5805FutureLookup", w.read(members, "getPastVotes", [w.governor(1), now + 100n]));
  await refused(t, "ERC5805FutureLookup", w.read(members, "getPastTotalSupply", [now + 100n]));
});

test.serial("votes cannot be delegated", async (t) => {
  t.is(await w.read(members, "delegates", [w.governor(2)]), w.governor(2));
  await refused(t, "DelegationUnsupported", w.send(w.governor(2), members, "delegate", [w.governor(3)]));
  await refused(t, "DelegationUnsupported", w.send(w.governor(2), members, "delegateBySig", [zero, 0n, 0n, 27, zero32, zero32]));
});
