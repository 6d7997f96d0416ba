import { encodeFunctionData, toFunctionSelector, type Abi, type Address, type Hex } from "viem";
import type { Artifacts } from "./artifacts.ts";

/** Numbers of ConsortiumAuthority; ADMIN is OpenZeppelin's AccessManager's own. */
export const roles = { ADMIN: 0n, COUNCIL: 1n, GUARDIAN: 2n, REVIEWER: 3n } as const;

/** Addresses of the five contracts behind proxies. */
export type Proxies = {
  readonly MemberRegistry: Address;
  readonly StudyRegistry: Address;
  readonly ConsentRegistry: Address;
  readonly AccessLedger: Address;
  readonly CreditLedger: Address;
};

/** Functions of every contract that need a role; all other functions judge their caller themselves. */
const shared = { pause: roles.GUARDIAN, resume: roles.COUNCIL, upgradeToAndCall: roles.COUNCIL };
const own: Readonly<Record<keyof Proxies, Readonly<Record<string, bigint>>>> = {
  MemberRegistry: { admit: roles.COUNCIL, suspend: roles.COUNCIL, reinstate: roles.COUNCIL, expel: roles.COUNCIL, replaceGovernor: roles.COUNCIL },
  StudyRegistry: {},
  ConsentRegistry: { setTerms: roles.COUNCIL },
  AccessLedger: { setDeadlines: roles.COUNCIL, review: roles.REVIEWER },
  CreditLedger: { setParameters: roles.COUNCIL },
};

export type Restriction = { readonly target: Address; readonly selector: Hex; readonly role: bigint; readonly what: string };

function restriction(abi: Abi, target: Address, contract: string, name: string, role: bigint): Restriction {
  const entry = abi.find((item) => item.type === "function" && item.name === name);
  if (entry?.type !== "function") throw new TypeError(`${contract} has no function ${name}`);
  return { target, selector: toFunctionSelector(entry), role, what: `${contract}.${name}` };
}

/** Every (contract, function) pair that needs a role, and which; with the Council's own and the guardians' panel's where there are such. */
export function restrictions(artifacts: Artifacts, proxies: Proxies, governed: { readonly council?: Address; readonly guardianPanel?: Address } = {}): Restriction[] {
  const { council, guardianPanel } = governed;
  const list = (Object.keys(own) as (keyof Proxies)[]).flatMap((contract) =>
    Object.entries({ ...shared, ...own[contract] }).map(([name, role]) => restriction(artifacts[contract].abi, proxies[contract], contract, name, role)),
  );
  if (council !== undefined) list.push(restriction(artifacts.Council.abi, council, "Council", "upgradeToAndCall", roles.COUNCIL));
  if (guardianPanel !== undefined) list.push(restriction(artifacts.GuardianPanel.abi, guardianPanel, "GuardianPanel", "setGuardians", roles.COUNCIL));
  return list;
}

/** Calldata that sets these restrictions, for AccessManager's multicall. */
export function restrictionCalls(abi: Abi, list: readonly Restriction[]): Hex[] {
  return list.map(({ target, selector, role }) => encodeFunctionData({ abi, functionName: "setTargetFunctionRole", args: [target, [selector], role] }));
}
