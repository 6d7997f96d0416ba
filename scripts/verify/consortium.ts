import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Address } from "viem";
import { loadArtifacts, type Artifacts } from "../deploy/artifacts.ts";
import type { Deployment, DeployInput } from "../deploy/consortium.ts";
import { rulesOf } from "../deploy/governance.ts";
import { withOverrides } from "../deploy/parameters.ts";
import { read } from "../deploy/read.ts";
import type { Proxies } from "../deploy/roles.ts";
import type { Rpc } from "../deploy/sender.ts";
import { councilWiringFindings, timelockFindings } from "../deploy/verify-governance.ts";
import { panelWiringFindings, thresholdOf } from "../deploy/guardian-panel.ts";
import { collaboratorFindings } from "../deploy/verify.ts";
import { generateLayouts } from "../generate/layouts.ts";
import { panelCode, plainCode, proxiedCode } from "./code.ts";
import { deployerRow } from "./deployer.ts";
import { powerRows } from "./powers.ts";
import { rowsOf, type Row } from "./row.ts";
import { type ToldBy, votedAt } from "./voted.ts";

export type Verification = {
  readonly rpc: Rpc;
  /** What the deployment printed. */
  readonly deployment: Deployment & { readonly council?: Address; readonly timelock?: Address; readonly guardianPanel?: Address };
  /** What was agreed on, where it is known: role holders and parameters are compared with it, and only shown otherwise. */
  readonly plan?: Partial<Pick<DeployInput, "council" | "governance" | "guardians" | "guardianThreshold" | "reviewers" | "parameters">>;
  readonly artifacts?: Artifacts;
  /** The compiler's cache; the checkout's unless given. */
  readonly cache?: URL;
};

const text = (value: unknown): string => JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? Number(item) : item));
/** A shown value, compared when something is wanted of it. Objects are compared by the fields wanted. */
function valueRow(what: string, found: unknown, wanted?: unknown): Row {
  if (wanted === undefined) return { area: "parameters", what, found: text(found), ok: true };
  const part = typeof wanted === "object" && wanted !== null && !Array.isArray(wanted) ? Object.fromEntries(Object.keys(wanted).map((key) => [key, (found as Record<string, unknown>)[key]])) : found;
  const ok = text(part) === text(wanted);
  return { area: "parameters", what, found: ok ? text(found) : `${text(found)}, not ${text(wanted)}`, ok };
}

/** A value that differs from the file of the founding is well where the members' vote set it since, and told so. */
async function votedRow(rpc: Rpc, row: Row, found: unknown, told: ToldBy, { artifacts, deployment }: { readonly artifacts: Artifacts; readonly deployment: Verification["deployment"] }): Promise<Row> {
  if (row.ok || deployment.timelock === undefined) return row;
  const block = await votedAt(rpc, told, { at: deployment.timelock, abi: artifacts.TimelockController.abi, fromBlock: deployment.deployedAtBlock }, (value) => text(value) === text(found));
  return block === null ? row : { ...row, ok: true, found: `${row.found.replace(", not ", " by vote in block ".concat(String(block), "; agreed at the founding: "))}` };
}

async function codeRows(rpc: Rpc, artifacts: Artifacts, deployment: Verification["deployment"], proxies: Proxies): Promise<Row[]> {
  const known = Object.values(proxies);
  const shellOf = (name: string) => (name === "MemberRegistry" ? artifacts.MemberRegistryProxy : artifacts.ERC1967Proxy);
  const rows = [await plainCode(rpc, "ConsortiumAuthority", deployment.consortiumAuthority, artifacts.ConsortiumAuthority)];
  for (const name of Object.keys(proxies) as (keyof Proxies)[]) rows.push(...(await proxiedCode(rpc, name, proxies[name], { artifact: artifacts[name], shell: shellOf(name), known })));
  if (deployment.council !== undefined) rows.push(...(await proxiedCode(rpc, "Council", deployment.council, { artifact: artifacts.Council, shell: shellOf("Council"), known })));
  if (deployment.timelock !== undefined) rows.push(await plainCode(rpc, "TimelockController", deployment.timelock, artifacts.TimelockController));
  if (deployment.guardianPanel !== undefined) rows.push(await panelCode(rpc, deployment.guardianPanel, artifacts.GuardianPanel, deployment.council));
  return rows;
}

/** Who sits on the guardians' panel and how many must agree; compared with the plan where there is one. */
async function guardianRows(rpc: Rpc, artifacts: Artifacts, panel: Address, { plan, deployment }: Pick<Verification, "plan" | "deployment">): Promise<Row[]> {
  const { abi } = artifacts.GuardianPanel;
  const sitting = ((await read(rpc, panel, abi, "guardians")) as readonly Address[]).map((one) => one.toLowerCase()).sort();
  const wanted = plan?.guardians?.map((one) => one.toLowerCase()).sort();
  const threshold = plan?.guardians && thresholdOf(plan.guardians, plan.guardianThreshold);
  const needed = Number(await read(rpc, panel, abi, "threshold"));
  const told = { at: panel, abi, event: "GuardiansChanged" };
  const around = { artifacts, deployment };
  return [
    await votedRow(rpc, valueRow("guardians", sitting, wanted), sitting, { ...told, value: ({ guardians }) => (guardians as readonly Address[]).map((one) => one.toLowerCase()).sort() }, around),
    await votedRow(rpc, valueRow("guardians who must agree", needed, threshold), needed, { ...told, value: ({ threshold: count }) => count }, around),
  ];
}

async function parameterRows(rpc: Rpc, artifacts: Artifacts, { deployment, plan }: Verification, proxies: Proxies): Promise<Row[]> {
  const wanted = plan?.parameters === undefined ? undefined : withOverrides(plan.parameters);
  const of = (name: keyof Proxies, getter: string) => read(rpc, proxies[name], artifacts[name].abi, getter);
  const told = (name: keyof Proxies, event: string, value: ToldBy["value"]): ToldBy => ({ at: proxies[name], abi: artifacts[name].abi, event, value });
  const voted = (what: string, found: unknown, expected: unknown, by: ToldBy) => votedRow(rpc, valueRow(what, found, expected), found, by, { artifacts, deployment });
  const rows = [
    await voted("terms of consent, s", await of("ConsentRegistry", "terms"), wanted && [wanted.signedTerm, wanted.attestedTerm], told("ConsentRegistry", "TermsChanged", ({ signedTerm, attestedTerm }) => [signedTerm, attestedTerm])),
    await voted("deadlines, s", await of("AccessLedger", "deadlines"), wanted && [wanted.delivery, wanted.emergencyDelivery], told("AccessLedger", "DeadlinesChanged", ({ delivery, emergencyDelivery }) => [delivery, emergencyDelivery])),
    valueRow("credit epoch, s", await of("CreditLedger", "epochSeconds"), wanted?.epochSeconds),
    await voted("credit", await of("CreditLedger", "parameters"), wanted?.credit, told("CreditLedger", "ParametersChanged", ({ parameters }) => parameters)),
  ];
  for (const name of Object.keys(proxies) as (keyof Proxies)[]) rows.push({ area: "parameters", what: `${name} brake`, found: (await of(name, "writesPaused")) === true ? "on" : "off", ok: true });
  const governance = plan?.governance;
  if (deployment.council !== undefined) {
    const { abi } = artifacts.Council;
    rows.push(await voted("rules of the Council", await read(rpc, deployment.council, abi, "rules"), governance && rulesOf(governance), { at: deployment.council, abi, event: "RulesChanged", value: ({ rules }) => rules }));
  }
  if (deployment.timelock !== undefined) {
    const { abi } = artifacts.TimelockController;
    rows.push(await voted("delay of the timelock, s", await read(rpc, deployment.timelock, abi, "getMinDelay"), governance?.timelockDelay, { at: deployment.timelock, abi, event: "MinDelayChange", value: ({ newDuration }) => newDuration }));
  }
  return rows;
}

async function layoutRows(cache: URL | undefined): Promise<Row[]> {
  const made = (await generateLayouts(cache)).map(async ({ path, text: layout }): Promise<Row> => {
    const ok = (await readFile(path, "utf8").catch(() => "")) === layout;
    return { area: "layouts", what: basename(path, ".json"), found: ok ? "as committed" : "differs from contracts/layouts", ok };
  });
  return Promise.all(made);
}

/**
 * Compares a running consortium with the source at hand, needing nothing but a node to read from: code behind every address, who
 * holds which role, who answers to whom, parameters, storage layouts. A row that is not ok is a failure. Where no Council was
 * deployed and the plan names no council, whoever holds ADMIN and COUNCIL is one.
 * Throws DEPLOY_ARTIFACT_MISSING when the source is not compiled, DEPLOY_RPC_FAILED when the node does not answer.
 */
export async function verifyConsortium(verification: Verification): Promise<Row[]> {
  const { rpc, deployment, plan, cache } = verification;
  const artifacts = verification.artifacts ?? (await loadArtifacts());
  const proxies: Proxies = {
    MemberRegistry: deployment.memberRegistry,
    StudyRegistry: deployment.studyRegistry,
    ConsentRegistry: deployment.consentRegistry,
    AccessLedger: deployment.accessLedger,
    CreditLedger: deployment.creditLedger,
  };
  const { consortiumAuthority: authority, council, timelock, guardianPanel, deployedAtBlock: fromBlock } = deployment;
  const known = Object.values(proxies);
  const code = await codeRows(rpc, artifacts, deployment, proxies);
  // Other code may answer anything to what follows: its answers would prove nothing.
  if (code.some(({ ok }) => !ok)) return [...code, { area: "code", what: "everything else", found: "not looked at: other code proves nothing by its answers", ok: false }];
  const holder = timelock ?? plan?.council;
  // With a panel, its people are compared and the panel alone holds the role; without, whoever was agreed on holds it.
  const guardians = guardianPanel === undefined ? plan?.guardians : [guardianPanel];
  const powers = { authority, proxies, fromBlock, ...(council && { council }), ...(guardianPanel && { guardianPanel }), ...(holder && { holder }), ...(guardians && { guardians }), ...(plan?.reviewers && { reviewers: plan.reviewers }) };
  const rows = [...code, ...(await powerRows(rpc, artifacts, powers))];
  rows.push(await deployerRow(rpc, artifacts, { authority, registry: proxies.MemberRegistry, fromBlock, ...(timelock && { timelock }), ...(guardianPanel && { guardianPanel }) }));
  if (council !== undefined && timelock !== undefined) {
    rows.push(...rowsOf("roles", "TimelockController", await timelockFindings(rpc, artifacts, { council, timelock }, fromBlock)));
    rows.push(...rowsOf("owners", "Council", await councilWiringFindings(rpc, artifacts, { council, timelock }, { authority, registry: proxies.MemberRegistry })));
  }
  if (council !== undefined && guardianPanel !== undefined) {
    rows.push(...rowsOf("owners", "GuardianPanel", await panelWiringFindings(rpc, artifacts, guardianPanel, { authority, council, targets: known })));
    rows.push(...(await guardianRows(rpc, artifacts, guardianPanel, verification)));
  }
  rows.push(...rowsOf("owners", "contracts", await collaboratorFindings(rpc, artifacts, { authority, proxies })));
  rows.push(...(await parameterRows(rpc, artifacts, verification, proxies)), ...(await layoutRows(cache)));
  return rows;
}
