import { isAddress, type Address } from "viem";
import { fault } from "../../node-agent/src/model/fault.ts";
import type { Artifacts } from "./artifacts.ts";
import { read } from "./read.ts";
import type { Rpc, Sender } from "./sender.ts";

/** What a panel of guardians is told at its construction. */
export type PanelInput = {
  readonly authority: Address;
  readonly council: Address;
  /** Whose writes it may stop. */
  readonly targets: readonly Address[];
  readonly guardians: readonly Address[];
  readonly threshold: number;
};

/** The panel as it should be. */
export type ExpectedPanel = Pick<PanelInput, "guardians" | "threshold"> & { readonly guardianPanel: Address };

const mostGuardians = 16;
const same = (one: readonly string[], other: readonly string[]): boolean => one.map((item) => item.toLowerCase()).sort().join() === other.map((item) => item.toLowerCase()).sort().join();

/** How many guardians must agree: as given, else more than half of them. */
export const thresholdOf = (guardians: readonly Address[], given: number | undefined): number => given ?? Math.floor(guardians.length / 2) + 1;

/** Throws DEPLOY_INPUT_WRONG when these could not sit on a panel together. The same bounds are in the contract. */
export function validateGuardians(guardians: readonly Address[], given: number | undefined): void {
  const wrong = (what: string) => fault("DEPLOY_INPUT_WRONG", { what });
  if (guardians.length === 0) throw wrong("governance needs a guardian: nobody else can stop writes at once");
  if (guardians.length > mostGuardians) throw wrong(`${guardians.length} guardians are more than ${mostGuardians}`);
  const twice = guardians.find((one, at) => isAddress(one, { strict: false }) && guardians.slice(0, at).some((other) => same([one], [other])));
  if (twice !== undefined) throw wrong(`guardian ${twice} is named twice and would count twice`);
  const threshold = thresholdOf(guardians, given);
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > guardians.length) throw wrong(`guardianThreshold is ${threshold}, not a whole number from 1 to ${guardians.length}, the number of guardians`);
}

/** One transaction: the panel that is to hold GUARDIAN. Throws what the sender throws. */
export async function deployPanel(sender: Sender, artifacts: Artifacts, { authority, council, targets, guardians, threshold }: PanelInput): Promise<Address> {
  return (await sender.deploy("guardians' panel", artifacts.GuardianPanel, [authority, council, targets, guardians, BigInt(threshold)])).address;
}

/** Whom the panel answers to and what it can stop, where that differs from the rest of the consortium; empty when all is well. Throws DEPLOY_RPC_FAILED. */
export async function panelWiringFindings(rpc: Rpc, artifacts: Artifacts, panel: Address, wanted: Pick<PanelInput, "authority" | "council" | "targets">): Promise<string[]> {
  const findings: string[] = [];
  const { abi } = artifacts.GuardianPanel;
  for (const getter of ["authority", "council"] as const) {
    const got = (await read(rpc, panel, abi, getter)) as Address;
    if (!same([got], [wanted[getter]])) findings.push(`the guardians' panel's ${getter} is ${got}, not ${wanted[getter]}`);
  }
  const targets = (await read(rpc, panel, abi, "targets")) as readonly Address[];
  if (!same(targets, wanted.targets)) findings.push(`the guardians' panel can stop ${targets.join(", ") || "nothing"}, not ${wanted.targets.join(", ")}`);
  return findings;
}

/** Everything about the panel that differs from the plan, in sentences; empty when nothing does. Throws DEPLOY_RPC_FAILED. */
export async function panelFindings(rpc: Rpc, artifacts: Artifacts, { guardianPanel, guardians, threshold }: ExpectedPanel, wanted: Pick<PanelInput, "authority" | "council" | "targets">): Promise<string[]> {
  const findings = await panelWiringFindings(rpc, artifacts, guardianPanel, wanted);
  const { abi } = artifacts.GuardianPanel;
  const sitting = (await read(rpc, guardianPanel, abi, "guardians")) as readonly Address[];
  if (!same(sitting, guardians)) findings.push(`the guardians are ${sitting.join(", ")}, not ${guardians.join(", ")}`);
  const needed = await read(rpc, guardianPanel, abi, "threshold");
  if (needed !== BigInt(threshold)) findings.push(`${String(needed)} guardians must agree, not ${threshold}`);
  return findings;
}
