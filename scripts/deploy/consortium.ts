import { encodeFunctionData, isAddress, zeroAddress, type Address, type Hex } from "viem";
import { fault } from "../../node-agent/src/model/fault.ts";
import { loadArtifacts, type Artifacts } from "./artifacts.ts";
import { deployGovernance, validateGovernance, type Governance } from "./governance.ts";
import { deployPanel, thresholdOf, validateGuardians } from "./guardian-panel.ts";
import { withOverrides, type ParameterOverrides, type Parameters } from "./parameters.ts";
import { restrictionCalls, restrictions, roles, type Proxies } from "./roles.ts";
import { createSender, type Rpc, type Sender } from "./sender.ts";
import { verifyDeployment } from "./verify.ts";

/** A founding member, admitted before the deployer lets go. Ids follow the order, from 1. */
export type Founder = {
  readonly kind: "Hospital" | "Observer";
  readonly governor: Address;
  readonly operators: readonly Address[];
  readonly profile: { readonly displayName: string; readonly endpoint: string; readonly openpgpSha256: Hex; readonly spkiSha256: Hex };
};

export type DeployInput = {
  readonly rpc: Rpc;
  /** Private key of a throw-away account; it holds nothing at the end. */
  readonly deployerKey: Hex;
  /** Receives ADMIN and COUNCIL: a key or wallet that somebody holds. Either this or `governance`. */
  readonly council?: Address;
  /** Deploys the Council: the members decide by vote, and ADMIN and COUNCIL go to its timelock alone. Needs `guardians`. */
  readonly governance?: Governance;
  /** Who may brake: with `governance` on a panel that holds GUARDIAN; else each holds GUARDIAN itself, the `council` address when none is given. */
  readonly guardians?: readonly Address[];
  /** With `governance`: how many guardians must agree; more than half of them unless given. */
  readonly guardianThreshold?: number;
  /** Receive REVIEWER. */
  readonly reviewers: readonly Address[];
  readonly members: readonly Founder[];
  readonly parameters?: ParameterOverrides;
  readonly onStep?: (step: string) => void;
  /** For each transaction; 60 unless given. */
  readonly timeoutSeconds?: number;
  readonly artifacts?: Artifacts;
};

export type Deployment = {
  readonly consortiumAuthority: Address;
  readonly memberRegistry: Address;
  readonly studyRegistry: Address;
  readonly consentRegistry: Address;
  readonly accessLedger: Address;
  readonly creditLedger: Address;
  /** Block of the first deployment: no event of the consortium is older. */
  readonly deployedAtBlock: number;
};

/** With the addresses of who decides, and of who may stop. */
export type GovernedDeployment = Deployment & { readonly council: Address; readonly timelock: Address; readonly guardianPanel: Address };

const kinds = { Hospital: 1, Observer: 2 } as const;

function validate(input: DeployInput, deployer: Address): void {
  if ((input.council === undefined) === (input.governance === undefined)) throw fault("DEPLOY_INPUT_WRONG", { what: "give either council or governance" });
  if (input.governance !== undefined) {
    validateGovernance(input.governance);
    // The timelock cannot brake: what it does takes a vote and a delay.
    validateGuardians(input.guardians ?? [], input.guardianThreshold);
    const hospitals = input.members.filter(({ kind }) => kind === "Hospital").length;
    if (hospitals === 0) throw fault("DEPLOY_INPUT_WRONG", { what: "governance needs a founding hospital: without one there is no vote" });
  }
  const named: [string, Address][] = input.council === undefined ? [] : [["council", input.council]];
  for (const reviewer of input.reviewers) named.push(["reviewer", reviewer]);
  for (const guardian of input.guardians ?? []) named.push(["guardian", guardian]);
  for (const { governor, operators } of input.members) {
    named.push(["governor", governor]);
    for (const operator of operators) named.push(["operator", operator]);
  }
  for (const [what, account] of named) {
    if (!isAddress(account, { strict: false })) throw fault("DEPLOY_INPUT_WRONG", { what: `${what} ${account} is not an address` });
    if (account.toLowerCase() === zeroAddress) throw fault("DEPLOY_INPUT_WRONG", { what: `the ${what} address is zero` });
    if (account.toLowerCase() === deployer.toLowerCase()) throw fault("DEPLOY_INPUT_WRONG", { what: `the deployer cannot also be ${what}` });
  }
}

type Core = { authority: Address; proxies: Proxies; implementations: Proxies; block: number };

/** Eleven transactions: the authority, then code and proxy of each contract, initialised in the proxy's constructor. */
async function deployContracts(sender: Sender, artifacts: Artifacts, parameters: Parameters): Promise<Core> {
  const { address: authority, block } = await sender.deploy("authority", artifacts.ConsortiumAuthority, [sender.address]);

  async function upgradeable(name: keyof Proxies, construct: readonly unknown[], initialize: readonly unknown[]) {
    const code = await sender.deploy(`${name} code`, artifacts[name], construct);
    const init = encodeFunctionData({ abi: artifacts[name].abi, functionName: "initialize", args: [authority, ...initialize] });
    const proxy = await sender.deploy(`${name} proxy`, name === "MemberRegistry" ? artifacts.MemberRegistryProxy : artifacts.ERC1967Proxy, [code.address, init]);
    return { code: code.address, proxy: proxy.address };
  }

  const { signedTerm, attestedTerm, delivery, emergencyDelivery, epochSeconds, credit } = parameters;
  const members = await upgradeable("MemberRegistry", [], []);
  const studies = await upgradeable("StudyRegistry", [members.proxy], []);
  const consents = await upgradeable("ConsentRegistry", [members.proxy, studies.proxy], [signedTerm, attestedTerm]);
  // The two ledgers name each other in their code: the access ledger's proxy is the fourth transaction from here.
  const credits = await upgradeable("CreditLedger", [sender.addressAfter(3), epochSeconds], [credit]);
  const access = await upgradeable(
    "AccessLedger",
    [members.proxy, studies.proxy, consents.proxy, credits.proxy],
    [delivery, emergencyDelivery],
  );
  const pick = (part: "code" | "proxy"): Proxies => ({
    MemberRegistry: members[part],
    StudyRegistry: studies[part],
    ConsentRegistry: consents[part],
    AccessLedger: access[part],
    CreditLedger: credits[part],
  });
  return { authority, proxies: pick("proxy"), implementations: pick("code"), block };
}

async function admitFounders(sender: Sender, artifacts: Artifacts, registry: Address, members: readonly Founder[]): Promise<void> {
  for (const [index, { kind, governor, operators, profile }] of members.entries()) {
    await sender.send(`admit member ${index + 1}`, registry, artifacts.MemberRegistry.abi, "admit", [kinds[kind], governor, operators, profile]);
  }
}

/**
 * Deploys the whole consortium in one run, admits the founders, hands every power over and reads it all back.
 * With `governance` the Council and its timelock are deployed too, and their addresses are among the answer's.
 * Works against any JSON-RPC endpoint that takes legacy transactions of gas price 0. A run cut in the middle is worthless: start anew.
 * Throws DEPLOY_INPUT_WRONG before anything is sent; DEPLOY_RPC_FAILED, DEPLOY_TIMEOUT, DEPLOY_REVERTED on the way;
 * DEPLOY_NOT_AS_PLANNED when the result differs from the plan in any role, owner, restriction or collaborator.
 */
export function deployConsortium(input: DeployInput & { readonly governance: Governance }): Promise<GovernedDeployment>;
export function deployConsortium(input: DeployInput): Promise<Deployment>;
export async function deployConsortium(input: DeployInput): Promise<Deployment | GovernedDeployment> {
  const { rpc, reviewers, members, governance } = input;
  const artifacts = input.artifacts ?? (await loadArtifacts());
  const sender = await createSender({ rpc, key: input.deployerKey, timeoutSeconds: input.timeoutSeconds ?? 60, onStep: input.onStep ?? (() => {}) });
  validate(input, sender.address);
  const { authority, proxies, implementations, block } = await deployContracts(sender, artifacts, withOverrides(input.parameters ?? {}));
  const registry = proxies.MemberRegistry;
  const voted = governance === undefined ? undefined : await deployGovernance(sender, artifacts, { authority, registry, governance });
  const holder = voted?.timelock ?? input.council;
  if (holder === undefined) throw fault("DEPLOY_INPUT_WRONG", { what: "give either council or governance" });
  const people = input.guardians ?? [];
  const threshold = thresholdOf(people, input.guardianThreshold);
  const panel = voted === undefined ? undefined : await deployPanel(sender, artifacts, { authority, council: voted.council, targets: Object.values(proxies), guardians: people, threshold });
  const guardians = panel === undefined ? (input.guardians ?? [holder]) : [panel];

  const { abi } = artifacts.ConsortiumAuthority;
  const encode = (functionName: string, ...args: unknown[]) => encodeFunctionData({ abi, functionName, args });
  const grant = (role: bigint, account: Address) => encode("grantRole", role, account, 0);
  await sender.send("roles", authority, abi, "multicall", [
    [
      ...restrictionCalls(abi, restrictions(artifacts, proxies, { ...(voted && { council: voted.council }), ...(panel && { guardianPanel: panel }) })),
      ...(["COUNCIL", "GUARDIAN", "REVIEWER"] as const).map((name) => encode("labelRole", roles[name], name)),
      ...guardians.map((account) => grant(roles.GUARDIAN, account)),
      ...reviewers.map((account) => grant(roles.REVIEWER, account)),
      grant(roles.COUNCIL, sender.address),
    ],
  ]);
  await admitFounders(sender, artifacts, registry, members);
  await sender.send("hand over", authority, abi, "multicall", [
    [
      grant(roles.ADMIN, holder),
      grant(roles.COUNCIL, holder),
      encode("renounceRole", roles.COUNCIL, sender.address),
      encode("renounceRole", roles.ADMIN, sender.address),
    ],
  ]);
  input.onStep?.("read back");
  await verifyDeployment(rpc, artifacts, {
    authority,
    proxies,
    implementations,
    fromBlock: block,
    holders: { ADMIN: [holder], COUNCIL: [holder], GUARDIAN: guardians, REVIEWER: reviewers },
    memberCount: members.length,
    ...(voted === undefined || governance === undefined || panel === undefined ? {} : { governance: { ...voted, rules: governance, panel: { guardianPanel: panel, guardians: people, threshold } } }),
  });
  return {
    consortiumAuthority: authority,
    memberRegistry: registry,
    studyRegistry: proxies.StudyRegistry,
    consentRegistry: proxies.ConsentRegistry,
    accessLedger: proxies.AccessLedger,
    creditLedger: proxies.CreditLedger,
    ...(voted === undefined || panel === undefined ? {} : { council: voted.council, timelock: voted.timelock, guardianPanel: panel }),
    deployedAtBlock: block,
  };
}
