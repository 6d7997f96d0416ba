import { decodeFunctionResult, encodeFunctionData, getAddress, numberToHex, parseEventLogs, type Abi, type Address, type Hex, type RpcLog } from "viem";
import { fault } from "../../node-agent/src/model/fault.ts";
import type { Artifacts } from "./artifacts.ts";
import { roles, restrictions, type Proxies } from "./roles.ts";
import { call, type Rpc } from "./sender.ts";

export type Expected = {
  readonly authority: Address;
  readonly proxies: Proxies;
  readonly implementations: Proxies;
  readonly fromBlock: number;
  /** Exactly who holds each role. */
  readonly holders: Readonly<Record<keyof typeof roles, readonly Address[]>>;
  readonly memberCount: number;
};

/** keccak256("eip1967.proxy.implementation") - 1, ERC-1967. */
const IMPLEMENTATION_SLOT = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc";

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const sorted = (list: Iterable<string>) => [...list].map((item) => item.toLowerCase()).sort().join();

/** Reads one view function. */
export async function read(rpc: Rpc, to: Address, abi: Abi, functionName: string, args: readonly unknown[] = []): Promise<unknown> {
  const data = (await call(rpc, "eth_call", [{ to, data: encodeFunctionData({ abi, functionName, args }) }, "latest"])) as Hex;
  return decodeFunctionResult({ abi, functionName, data });
}

/** Holders of every role ever granted, rebuilt from the authority's events: a holder nobody thought of shows too. */
async function holdersNow(rpc: Rpc, artifacts: Artifacts, expected: Expected): Promise<Map<bigint, Set<string>>> {
  const filter = { address: expected.authority, fromBlock: numberToHex(expected.fromBlock), toBlock: "latest" };
  const logs = (await call(rpc, "eth_getLogs", [filter])) as RpcLog[];
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
  for (const { target, selector, role, what } of restrictions(artifacts, expected.proxies)) {
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

async function wiringFindings(rpc: Rpc, artifacts: Artifacts, { authority, proxies, implementations }: Expected): Promise<string[]> {
  const findings: string[] = [];
  for (const [contract, getter, target] of wiring) {
    const got = (await read(rpc, proxies[contract], artifacts[contract].abi, getter)) as Address;
    if (!same(got, proxies[target])) findings.push(`${contract} works with another ${target}`);
  }
  for (const contract of Object.keys(proxies) as (keyof Proxies)[]) {
    const { abi } = artifacts[contract];
    const owner = (await read(rpc, proxies[contract], abi, "authority")) as Address;
    if (!same(owner, authority)) findings.push(`${contract} answers to another authority`);
    const word = (await call(rpc, "eth_getStorageAt", [proxies[contract], IMPLEMENTATION_SLOT, "latest"])) as Hex;
    const code = getAddress(`0x${word.slice(-40)}`);
    if (!same(code, implementations[contract])) findings.push(`${contract} runs other code than was deployed`);
    if (await read(rpc, proxies[contract], abi, "writesPaused")) findings.push(`${contract} is paused`);
  }
  return findings;
}

/**
 * Reads every role, owner, restriction and collaborator back from the chain and compares with the plan.
 * Throws DEPLOY_NOT_AS_PLANNED with every difference found.
 */
export async function verifyDeployment(rpc: Rpc, artifacts: Artifacts, expected: Expected): Promise<void> {
  const findings = [...(await roleFindings(rpc, artifacts, expected)), ...(await wiringFindings(rpc, artifacts, expected))];
  const count = await read(rpc, expected.proxies.MemberRegistry, artifacts.MemberRegistry.abi, "memberCount");
  if (count !== expected.memberCount) findings.push(`${String(count)} members instead of ${expected.memberCount}`);
  if (findings.length > 0) throw fault("DEPLOY_NOT_AS_PLANNED", { findings });
}
