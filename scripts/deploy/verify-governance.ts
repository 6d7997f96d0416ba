import { getAddress, keccak256, parseEventLogs, toHex, zeroHash, type Address, type Hex } from "viem";
import type { Artifacts } from "./artifacts.ts";
import { rulesOf, type Council, type Governance } from "./governance.ts";
import { logsOf } from "./logs.ts";
import { implementationOf, read } from "./read.ts";
import type { Rpc } from "./sender.ts";

/** The Council as it should be. */
export type ExpectedCouncil = Council & { readonly rules: Governance };

const timelockRoles = { ADMIN: zeroHash, PROPOSER: keccak256(toHex("PROPOSER_ROLE")), EXECUTOR: keccak256(toHex("EXECUTOR_ROLE")), CANCELLER: keccak256(toHex("CANCELLER_ROLE")) } as const;

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** Who holds each role of a timelock, rebuilt from its events: a holder nobody thought of shows too. Keys are role hashes. */
async function timelockHolders(rpc: Rpc, artifacts: Artifacts, timelock: Address, fromBlock: number): Promise<Map<Hex, Set<string>>> {
  const held = new Map<Hex, Set<string>>();
  const logs = await logsOf(rpc, timelock, fromBlock);
  for (const { eventName, args } of parseEventLogs({ abi: artifacts.TimelockController.abi, logs: logs as never, eventName: ["RoleGranted", "RoleRevoked"] })) {
    const { role, account } = args as unknown as { role: Hex; account: Address };
    const set = held.get(role) ?? new Set<string>();
    if (eventName === "RoleGranted") set.add(account.toLowerCase());
    else set.delete(account.toLowerCase());
    held.set(role, set);
  }
  return held;
}

/**
 * What is wrong with who may act through the timelock: the Council alone may propose, execute and cancel, and the timelock alone
 * administers itself. Empty when all is well.
 */
export async function timelockFindings(rpc: Rpc, artifacts: Artifacts, { council, timelock }: { readonly council: Address; readonly timelock: Address }, fromBlock: number): Promise<string[]> {
  const findings: string[] = [];
  const held = await timelockHolders(rpc, artifacts, timelock, fromBlock);
  for (const [role, set] of held) {
    if (set.size > 0 && !(Object.values(timelockRoles) as Hex[]).includes(role)) findings.push(`the timelock has an unplanned role ${role} that is held`);
  }
  for (const [name, role] of Object.entries(timelockRoles)) {
    const wanted = name === "ADMIN" ? timelock : council;
    const holders = [...(held.get(role) ?? [])];
    if (holders.length !== 1 || !same(holders[0] ?? "", wanted)) findings.push(`${name} of the timelock is held by ${holders.join(", ") || "nobody"}, not by ${wanted} alone`);
    if ((await read(rpc, timelock, artifacts.TimelockController.abi, "hasRole", [role, wanted])) !== true) findings.push(`${wanted} does not hold ${name} of the timelock`);
  }
  return findings;
}

/** What is wrong with the Council's collaborators: its registry, authority and timelock. Empty when all is well. */
export async function councilWiringFindings(
  rpc: Rpc,
  artifacts: Artifacts,
  { council, timelock }: { readonly council: Address; readonly timelock: Address },
  { authority, registry }: { readonly authority: Address; readonly registry: Address },
): Promise<string[]> {
  const wanted = { token: registry, authority, timelock };
  const findings: string[] = [];
  for (const [getter, address] of Object.entries(wanted)) {
    const got = (await read(rpc, council, artifacts.Council.abi, getter)) as Address;
    if (!same(got, address)) findings.push(`the Council's ${getter} is ${got}, not ${address}`);
  }
  return findings;
}

/** Everything about the Council that differs from the plan, in sentences; empty when nothing does. Throws DEPLOY_RPC_FAILED. */
export async function governanceFindings(
  rpc: Rpc,
  artifacts: Artifacts,
  expected: ExpectedCouncil,
  { authority, registry, fromBlock }: { readonly authority: Address; readonly registry: Address; readonly fromBlock: number },
): Promise<string[]> {
  const findings = [
    ...(await timelockFindings(rpc, artifacts, expected, fromBlock)),
    ...(await councilWiringFindings(rpc, artifacts, expected, { authority, registry })),
  ];
  if (!same(await implementationOf(rpc, expected.council), getAddress(expected.councilCode))) findings.push("the Council runs other code than was deployed");
  const rules = (await read(rpc, expected.council, artifacts.Council.abi, "rules")) as Record<string, number>;
  for (const [name, wanted] of Object.entries(rulesOf(expected.rules))) {
    if (rules[name] !== wanted) findings.push(`the Council's ${name} is ${rules[name]}, not ${wanted}`);
  }
  const delay = await read(rpc, expected.timelock, artifacts.TimelockController.abi, "getMinDelay");
  if (delay !== BigInt(expected.rules.timelockDelay)) findings.push(`the timelock's delay is ${String(delay)}, not ${expected.rules.timelockDelay}`);
  return findings;
}
