import { parseEventLogs, type Address, type Hex } from "viem";
import type { Artifacts } from "../deploy/artifacts.ts";
import { logsOf } from "../deploy/logs.ts";
import { read } from "../deploy/read.ts";
import { restrictions, roles, type Proxies } from "../deploy/roles.ts";
import type { Rpc } from "../deploy/sender.ts";
import { rowsOf, type Row } from "./row.ts";

export type Powers = {
  readonly authority: Address;
  readonly proxies: Proxies;
  readonly council?: Address;
  readonly guardianPanel?: Address;
  readonly fromBlock: number;
  /** Who alone may hold ADMIN and COUNCIL; nobody known when absent, which is a failure. */
  readonly holder?: Address;
  /** Who should hold the other roles; only shown when absent. */
  readonly guardians?: readonly Address[];
  readonly reviewers?: readonly Address[];
};

type State = {
  readonly held: Map<bigint, Map<string, number>>;
  readonly functions: Map<string, bigint>;
  readonly closed: Set<string>;
  readonly administered: Map<string, bigint>;
};

/** Everything the authority was ever told and still holds, from its events: what nobody thought of shows too. */
async function stateOf(rpc: Rpc, artifacts: Artifacts, { authority, fromBlock }: Powers): Promise<State> {
  const state: State = { held: new Map(), functions: new Map(), closed: new Set(), administered: new Map() };
  const logs = await logsOf(rpc, authority, fromBlock);
  for (const event of parseEventLogs({ abi: artifacts.ConsortiumAuthority.abi, logs: logs as never })) {
    const { eventName, args } = event as unknown as { eventName: string; args: { roleId: bigint; account: Address; delay: number; target: Address; selector: Hex; closed: boolean; admin: bigint; guardian: bigint } };
    const holders = state.held.get(args.roleId) ?? new Map<string, number>();
    const target = args.target?.toLowerCase();
    if (eventName === "RoleGranted") state.held.set(args.roleId, holders.set(args.account.toLowerCase(), args.delay));
    else if (eventName === "RoleRevoked") holders.delete(args.account.toLowerCase());
    else if (eventName === "TargetFunctionRoleUpdated") state.functions.set(`${target} ${args.selector}`, args.roleId);
    else if (eventName === "TargetClosed" && args.closed) state.closed.add(target);
    else if (eventName === "TargetClosed") state.closed.delete(target);
    else if (eventName === "RoleAdminChanged") state.administered.set(`administrator of role ${args.roleId}`, args.admin);
    else if (eventName === "RoleGuardianChanged") state.administered.set(`guardian of role ${args.roleId}`, args.guardian);
  }
  return state;
}

const list = (accounts: Iterable<string>) => [...accounts].sort().join(", ") || "nobody";

function holderRows({ held }: State, { holder, guardians, reviewers }: Powers): Row[] {
  const wanted: Readonly<Record<keyof typeof roles, readonly Address[] | undefined>> = {
    ADMIN: holder === undefined ? [] : [holder],
    COUNCIL: holder === undefined ? [] : [holder],
    GUARDIAN: guardians,
    REVIEWER: reviewers,
  };
  const rows = (Object.entries(wanted) as [keyof typeof roles, readonly Address[] | undefined][]).map(([name, accounts]): Row => {
    const found = held.get(roles[name]) ?? new Map<string, number>();
    const delayed = [...found.values()].some((delay) => delay !== 0);
    const as = accounts === undefined || list(found.keys()) === list(accounts.map((account) => account.toLowerCase()));
    return { area: "roles", what: name, found: `${list(found.keys())}${delayed ? ", with a delay" : ""}`, ok: as && !delayed };
  });
  const known = new Set<bigint>(Object.values(roles));
  const unplanned = [...held].filter(([role, accounts]) => !known.has(role) && accounts.size > 0);
  return [...rows, ...unplanned.map(([role, accounts]): Row => ({ area: "roles", what: `role ${role}`, found: `unplanned, held by ${list(accounts.keys())}`, ok: false }))];
}

/**
 * Who may do what: holders of every role, which role each function needs, what the authority was told beside the plan.
 * Rebuilt from all its events since the deployment and read back. Throws DEPLOY_RPC_FAILED.
 */
export async function powerRows(rpc: Rpc, artifacts: Artifacts, powers: Powers): Promise<Row[]> {
  const state = await stateOf(rpc, artifacts, powers);
  const { abi } = artifacts.ConsortiumAuthority;
  const findings: string[] = [];
  const planned = restrictions(artifacts, powers.proxies, powers);
  for (const { target, selector, role, what } of planned) {
    const got = await read(rpc, powers.authority, abi, "getTargetFunctionRole", [target, selector]);
    if (got !== role) findings.push(`${what} needs role ${String(got)}, not ${role}`);
  }
  const known = new Set(planned.map(({ target, selector }) => `${target.toLowerCase()} ${selector}`));
  for (const [pair, role] of state.functions) if (!known.has(pair) && role !== roles.ADMIN) findings.push(`unplanned: ${pair} needs role ${role}`);
  for (const target of state.closed) findings.push(`${target} is closed to everybody`);
  for (const [what, role] of state.administered) if (role !== roles.ADMIN) findings.push(`the ${what} is role ${role}`);
  return [...holderRows(state, powers), ...rowsOf("roles", `${planned.length} restricted functions`, findings)];
}
