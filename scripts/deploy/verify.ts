import { parseEventLogs, type Address } from "viem";
import { fault } from "../../node-agent/src/model/fault.ts";
import type { Artifacts } from "./artifacts.ts";
import { logsOf } from "./logs.ts";
import { implementationOf, read } from "./read.ts";
import { roles, restrictions, type Proxies } from "./roles.ts";
import type { Rpc } from "./sender.ts";
import { panelFindings, type ExpectedPanel } from "./guardian-panel.ts";
import { governanceFindings, type ExpectedCouncil } from "./verify-governance.ts";

export type Expected = {
  readonly authority: Address;
  readonly proxies: Proxies;
  readonly implementations: Proxies;
  readonly fromBlock: number;
  /** Exactly who holds each role. */
  readonly holders: Readonly<Record<keyof typeof roles, readonly Address[]>>;
  readonly memberCount: number;
  /** Only where a Council governs. */
  readonly governance?: ExpectedCouncil & { readonly panel: ExpectedPanel };
};

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const sorted = (list: Iterable<string>) => [...list].map((item) => item.toLowerCase()).sort().join();

/** Holders of every role ever granted, rebuilt from the authority's events: a holder nobody thought of shows too. */
async function holdersNow(rpc: Rpc, artifacts: Artifacts, expected: Expected): Promise<Map<bigint, Set<string>>> {
  const logs = await logsOf(rpc, expected.authority, expected.fromBlock);
  const held = new Map<bigint, Set<string>>();
  const abi = artifacts.ConsortiumAuthority.abi;
  for (const { eventName, args } of parseEventLogs({ abi, logs: logs as never, eventName: ["RoleGranted", "RoleRevoked"] })) {
    const { roleId, account } = args as unknown as { roleId: bigint; account: Address };
    const set = held.get(roleId) ?? new Set<string>();
    if (eventName === "RoleGranted") set.add(account.toLowerCase());
    else set.delete(account.toLowerCase());
    held.set(roleId, set);
  }
  return held;
}

async function roleFindings(rpc: Rpc, artifacts: Artifacts, expected: Expected): Promise<string[]> {
  const findings: string[] = [];
  const held = await holdersNow(rpc, artifacts, expected);
  const known = new Set<bigint>(Object.values(roles));
  for (const [role, set] of held) if (!known.has(role) && set.size > 0) findings.push(`unplanned role ${role} is held`);
  const { abi } = artifacts.ConsortiumAuthority;
  for (const [name, wanted] of Object.entries(expected.holders) as [keyof typeof roles, readonly Address[]][]) {
    if (sorted(held.get(roles[name]) ?? []) !== sorted(new Set(wanted))) findings.push(`role ${name} has other holders than planned`);
    for (const account of wanted) {
      const [holds, delay] = (await read(rpc, expected.authority, abi, "hasRole", [roles[name], account])) as [boolean, number];
      if (!holds || delay !== 0) findings.push(`${account} does not hold ${name}`);
    }
    const admin = await read(rpc, expected.authority, abi, "getRoleAdmin", [roles[name]]);
    if (admin !== roles.ADMIN) findings.push(`role ${name} is administered by role ${String(admin)}`);
  }
  for (const { target, selector, role, what } of restrictions(artifacts, expected.proxies, { ...(expected.governance && { council: expected.governance.council, guardianPanel: expected.governance.panel.guardianPanel }) })) {
    const got = await read(rpc, expected.authority, abi, "getTargetFunctionRole", [target, selector]);
    if (got !== role) findings.push(`${what} needs role ${String(got)}, not ${role}`);
  }
  return findings;
}

/** Which collaborator each contract's code must name. */
const wiring: readonly (readonly [contract: keyof Proxies, getter: string, target: keyof Proxies])[] = [
  ["StudyRegistry", "memberRegistry", "MemberRegistry"],
  ["ConsentRegistry", "memberRegistry", "MemberRegistry"],
  ["ConsentRegistry", "studyRegistry", "StudyRegistry"],
  ["AccessLedger", "memberRegistry", "MemberRegistry"],
  ["AccessLedger", "studyRegistry", "StudyRegistry"],
  ["AccessLedger", "consentRegistry", "ConsentRegistry"],
  ["AccessLedger", "creditLedger", "CreditLedger"],
  ["CreditLedger", "accessLedger", "AccessLedger"],
];

/** What is wrong with whom the five contracts work with and answer to; empty when all is well. Throws DEPLOY_RPC_FAILED. */
export async function collaboratorFindings(rpc: Rpc, artifacts: Artifacts, { authority, proxies }: Pick<Expected, "authority" | "proxies">): Promise<string[]> {
  const findings: string[] = [];
  for (const [contract, getter, target] of wiring) {
    const got = (await read(rpc, proxies[contract], artifacts[contract].abi, getter)) as Address;
    if (!same(got, proxies[target])) findings.push(`${contract} works with another ${target}`);
  }
  for (const contract of Object.keys(proxies) as (keyof Proxies)[]) {
    const owner = (await read(rpc, proxies[contract], artifacts[contract].abi, "authority")) as Address;
    if (!same(owner, authority)) findings.push(`${contract} answers to another authority`);
  }
  return findings;
}

async function codeFindings(rpc: Rpc, artifacts: Artifacts, { proxies, implementations }: Expected): Promise<string[]> {
  const findings: string[] = [];
  for (const contract of Object.keys(proxies) as (keyof Proxies)[]) {
    if (!same(await implementationOf(rpc, proxies[contract]), implementations[contract])) findings.push(`${contract} runs other code than was deployed`);
    if (await read(rpc, proxies[contract], artifacts[contract].abi, "writesPaused")) findings.push(`${contract} is paused`);
  }
  return findings;
}

/**
 * Reads every role, owner, restriction and collaborator back from the chain and compares with the plan.
 * Throws DEPLOY_NOT_AS_PLANNED with every difference found.
 */
export async function verifyDeployment(rpc: Rpc, artifacts: Artifacts, expected: Expected): Promise<void> {
  const findings = [...(await roleFindings(rpc, artifacts, expected)), ...(await collaboratorFindings(rpc, artifacts, expected)), ...(await codeFindings(rpc, artifacts, expected))];
  const { authority, governance, fromBlock } = expected;
  if (governance !== undefined) {
    findings.push(...(await governanceFindings(rpc, artifacts, governance, { authority, registry: expected.proxies.MemberRegistry, fromBlock })));
    findings.push(...(await panelFindings(rpc, artifacts, governance.panel, { authority, council: governance.council, targets: Object.values(expected.proxies) })));
  }
  const count = await read(rpc, expected.proxies.MemberRegistry, artifacts.MemberRegistry.abi, "memberCount");
  if (count !== expected.memberCount) findings.push(`${String(count)} members instead of ${expected.memberCount}`);
  if (findings.length > 0) throw fault("DEPLOY_NOT_AS_PLANNED", { findings });
}
