import test from "ava";
import { encodeDeployData, zeroAddress, type Address } from "viem";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startCouncil, type Call } from "../support/council.ts";

const w = await startCouncil();
reportCoverage(test);
const [first, second, third] = w.guardians;
const set = (guardians: readonly Address[], threshold: number): Call => ({ target: w.panel, name: "setGuardians", args: [guardians, BigInt(threshold)] });
const approve = async (by: Address) => w.send(by, w.panel, "approve", [w.studies.address, 0n, (await w.now()) + 3600]);

test.serial("a vote of two thirds changes the guardians, and every earlier approval ends", async (t) => {
  await approve(first);
  const p = await w.voted([set([first, w.stranger], 2)], [1, 2, 3]);
  t.is(await w.stateOf(p), "Defeated", "more than half is not enough");
  emitted(t, await w.decide([set([first, w.stranger], 2)]), "GuardiansChanged", { guardians: [first, w.stranger], threshold: 2n });
  t.deepEqual([await w.read(w.panel, "guardians"), await w.read(w.panel, "threshold")], [[first, w.stranger], 2n]);
  t.deepEqual(await w.read(w.panel, "approvals", [w.studies.address, 0n]), []);
  for (const former of [second, third]) await refused(t, "GuardianUnknown", approve(former));
  await approve(w.stranger);
  await refused(t, "ApprovalsMissing", w.send(first, w.panel, "pause", [w.studies.address]));
  // Who returns returns without what it approved of before.
  await w.decide([set([first, second, third], 2)]);
  t.deepEqual(await w.read(w.panel, "approvals", [w.studies.address, 0n]), []);
});

test.serial("guardians that could not stop anything, or would count twice, are refused", async (t) => {
  const many = Array.from({ length: 17 }, (_item, index): Address => `0x${(index + 1).toString(16).padStart(40, "0")}`);
  const cases: readonly (readonly [readonly Address[], number, string, unknown[]])[] = [
    [[], 0, "GuardiansMalformed", [0n, 0n]],
    [[], 1, "GuardiansMalformed", [0n, 1n]],
    [[first], 0, "GuardiansMalformed", [1n, 0n]],
    [[first, second], 3, "GuardiansMalformed", [2n, 3n]],
    [many, 1, "GuardiansMalformed", [17n, 1n]],
    [[first, zeroAddress], 1, "AddressMissing", []],
  ];
  for (const [guardians, threshold, error, args] of cases) {
    const p = await w.ready([set(guardians, threshold)]);
    t.deepEqual((await refused(t, error, w.execute(p))) ?? [], args);
  }
  const twice = await w.ready([set([first, second, first], 2)]);
  t.deepEqual(await refused(t, "GuardianRepeated", w.execute(twice)), [first]);
  emitted(t, await w.decide([set(many.slice(0, 16), 16)]), "GuardiansChanged", { threshold: 16n });
});

test.serial("a panel is not made without an authority, a Council, or with a target that is none", async (t) => {
  const { abi, bytecode } = w.artifacts.GuardianPanel;
  const good = [w.authority.address, w.council.address, [w.studies.address], [first], 1n] as const;
  const make = (at: number, value: unknown) => w.create(w.stranger, encodeDeployData({ abi, bytecode, args: good.map((one, index) => (index === at ? value : one)) }));
  await refused(t, "AddressMissing", make(0, zeroAddress));
  await refused(t, "AddressMissing", make(1, zeroAddress));
  await refused(t, "AddressMissing", make(2, [w.studies.address, zeroAddress]));
  await refused(t, "GuardiansMalformed", make(3, []));
  t.regex(await make(4, 1n), /^0x/u);
});
