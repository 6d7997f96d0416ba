import test from "ava";
import fc from "fast-check";
import hre from "hardhat";
import type { Abi, Hex } from "viem";
import { ask, definitions, solverIsHere, z3 } from "../../../scripts/prove/solver.ts";
import { skipLoudly } from "../../support/skip.ts";
import { startChain } from "../support/chain.ts";

const here = await solverIsHere();
const noSolver = "z3 (on Debian: apt-get install z3)";
/** The solver's own limit for one question, in seconds: an answer takes a few, on a machine that has nothing else to do. */
const patience = 600;

const chain = await startChain();
const { abi, bytecode } = (await hre.artifacts.readArtifact("Arithmetic")) as unknown as { readonly abi: Abi; readonly bytecode: Hex };
const arithmetic = { address: await chain.create(chain.account(0), bytecode), abi };
const run = async (name: string, args: readonly unknown[]): Promise<bigint> => BigInt(await chain.read<bigint | number>(arithmetic, name, args));

const halfLife = 180;
const lowest = 1n << 40n;
const weights = await Promise.all(Array.from({ length: halfLife }, (_, epoch) => run("weight", [epoch])));

test("each of the 180 weights lies where the proofs assume it, and they only grow", (t) => {
  for (const [epoch, weight] of weights.entries()) {
    t.true(weight >= lowest && weight < 2n * lowest, `epoch ${epoch}`);
    t.true(epoch === 0 || weight > (weights[epoch - 1] ?? 0n), `epoch ${epoch} weighs more than the one before`);
    t.true(Math.abs(Number(weight) / Number(lowest) - 2 ** (epoch / halfLife)) < 1e-11, `epoch ${epoch} is 2^(${epoch}/180)`);
  }
});

const bits = (value: bigint, width: number): string => `#x${BigInt.asUintN(width, value).toString(16).padStart(width / 4, "0")}`;
type Case = { readonly formula: string; readonly width: number; readonly call: readonly [string, readonly unknown[]] };

const epoch = fc.integer({ min: 0, max: 100_000 });
const deviationAt = (at: number) => fc.integer({ min: -500, max: 500 }).chain((points) => fc.bigInt(-lowest, lowest).map((rest) => {
  const limit = 500n * (weights[at % halfLife] ?? 0n);
  const value = BigInt(points) * (weights[at % halfLife] ?? 0n) + rest;
  return value > limit ? limit : value < -limit ? -limit : value;
}));
const weightAt = (at: number): string => bits(weights[at % halfLife] ?? 0n, 64);
const u16 = fc.integer({ min: 0, max: 1000 });
const u8 = fc.integer({ min: 0, max: 4 });

/** One call of each function with the same arguments, for the solver's formula and for the deployed code. */
const cases: fc.Arbitrary<Case> = fc.oneof(
  fc.tuple(epoch, fc.integer({ min: 0, max: 30_000 })).chain(([from, later]) => deviationAt(from).map((d): Case => ({
    formula: `(settle ${bits(d, 64)} ${bits(BigInt(Math.floor((from + later) / halfLife) - Math.floor(from / halfLife)), 64)})`,
    width: 64,
    call: ["settle", [d, from, from + later]],
  }))),
  epoch.chain((at) => deviationAt(at).map((d): Case => ({ formula: `(points ${bits(d, 64)} ${weightAt(at)})`, width: 64, call: ["points", [d, at]] }))),
  fc.tuple(epoch, fc.integer({ min: -1200, max: 1200 })).chain(([at, delta]) => deviationAt(at).map((d): Case => ({
    formula: `(add ${bits(d, 64)} ${weightAt(at)} ${bits(BigInt(delta), 16)} base)`,
    width: 64,
    call: ["add", [d, at, BigInt(delta), 500]],
  }))),
  fc.tuple(u8, u16, u16).map(([steps, earned, cap]): Case => ({ formula: `(reward ${bits(BigInt(steps), 8)} ${bits(BigInt(earned), 16)} ${bits(BigInt(cap), 16)})`, width: 16, call: ["reward", [steps, earned, cap]] })),
  fc.tuple(u16, u8, u8, u16).map(([raw, n, m, cap]): Case => ({ formula: `(score ${[raw, n, m, cap].map((one) => bits(BigInt(one), 16)).join(" ")})`, width: 16, call: ["score", [raw, n, m, cap]] })),
  fc.tuple(u16, fc.integer({ min: 0, max: 2 }), fc.tuple(u16, u16, u16, u16)).map(([s, before, gates]): Case => ({
    formula: `(tierOf ${bits(BigInt(s), 16)} ${bits(BigInt(before), 8)} ${gates.map((one) => bits(BigInt(one), 16)).join(" ")})`,
    width: 8,
    call: ["tierOf", [s, before, ...gates]],
  })),
);

test("the formulas of the proofs compute what the deployed code computes", async (t) => {
  if (!here) return skipLoudly(t, noSolver);
  const chosen = fc.sample(cases, 600);
  const answers = await z3([await definitions(), ...chosen.map(({ formula }) => `(simplify ${formula})`)].join("\n"), patience);
  const values = answers?.split("\n") ?? [];
  t.is(values.length, chosen.length);
  for (const [at, { formula, width, call }] of chosen.entries()) {
    const told = BigInt.asIntN(width, BigInt(values[at]?.replace(/^#x/u, "0x") ?? -1));
    t.is(told, BigInt.asIntN(width, await run(...call)), formula);
  }
});

test("every property of the credit arithmetic is proved", async (t) => {
  if (!here) return skipLoudly(t, noSolver);
  t.timeout(patience * 1000);
  const verdicts = await ask("properties", patience);
  t.true(verdicts.length >= 19);
  for (const { name, prose, answer } of verdicts) t.is(answer, "unsat", `${name}: ${prose}`);
});

test("planted mistakes are found", async (t) => {
  if (!here) return skipLoudly(t, noSolver);
  for (const { name, prose, answer } of await ask("planted", patience)) t.is(answer, "sat", `${name}: ${prose}`);
});
