import hre from "hardhat";
import { pathToFileURL } from "node:url";
import { keccak256, pad, toHex, type Address, type Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts";
import { loadArtifacts } from "../../../scripts/deploy/artifacts.ts";
import { deployConsortium, type Founder } from "../../../scripts/deploy/consortium.ts";
import type { ParameterOverrides } from "../../../scripts/deploy/parameters.ts";
import { startChain, type Contract, type Sent } from "./chain.ts";

export const purpose = { TREAT: 0, PATRQT: 1, HRESCH: 2, PUBHLTH: 3, HLEGAL: 4, HOPERAT: 5, ETREAT: 6 } as const;
export const mask = (...list: number[]) => list.reduce((sum, bit) => sum | (1 << bit), 0);
export const zero: Address = "0x0000000000000000000000000000000000000000";
export const zero32: Hex = `0x${"0".repeat(64)}`;
export const day = 86_400;

let counter = 0;
/** 32 bytes never used before in this process. */
export const fresh = (): Hex => keccak256(toHex(`fresh ${++counter} of ${process.pid}`));

export const profile = (name: string): Founder["profile"] => ({
  displayName: name,
  endpoint: `https://${name}.example:8443`,
  openpgpSha256: keccak256(toHex(`${name} certificate`)),
  spkiSha256: keccak256(toHex(`${name} key`)),
});

export type World = Awaited<ReturnType<typeof startWorld>>;
export type StudyOf = { readonly id: Hex; readonly patient: PrivateKeyAccount };

const memberSubject = (id: number): Hex => pad(toHex(id, { size: 4 }), { dir: "right", size: 32 });
const accountSubject = (account: Address): Hex => pad(account.toLowerCase() as Hex, { size: 32 });

/**
 * A chain with a deployed consortium of four hospitals and one observer. Unlocked accounts: 0 council, 1 guardian, 2 reviewer,
 * 3..7 governors of members 1..5, 8..11 operators of hospitals 1..4, 12.. strangers.
 */
export async function startWorld(parameters: ParameterOverrides = {}) {
  const chain = await startChain();
  const artifacts = await loadArtifacts(pathToFileURL(`${hre.config.paths.artifacts}/`));
  const { account } = chain;
  const members: Founder[] = [1, 2, 3, 4].map((id) => ({
    kind: "Hospital",
    governor: account(2 + id),
    operators: [account(7 + id)],
    profile: profile(`hospital-${id}`),
  }));
  members.push({ kind: "Observer", governor: account(7), operators: [], profile: profile("regulator") });
  const council = account(0);
  const deployment = await deployConsortium({
    rpc: chain.rpc,
    deployerKey: generatePrivateKey(),
    council,
    guardians: [account(1)],
    reviewers: [account(2)],
    members,
    parameters,
    artifacts,
  });
  const contract = (name: keyof typeof artifacts, address: Address): Contract => ({ address, abi: artifacts[name].abi });
  const contracts = {
    authority: contract("ConsortiumAuthority", deployment.consortiumAuthority),
    members: contract("MemberRegistry", deployment.memberRegistry),
    studies: contract("StudyRegistry", deployment.studyRegistry),
    consents: contract("ConsentRegistry", deployment.consentRegistry),
    access: contract("AccessLedger", deployment.accessLedger),
    credit: contract("CreditLedger", deployment.creditLedger),
  };
  for (const { abi } of Object.values(contracts)) chain.abis.push(abi);

  const operator = (id: number) => account(7 + id);
  const governor = (id: number) => account(2 + id);

  async function register(custodian: number): Promise<StudyOf> {
    const study = { id: fresh(), patient: privateKeyToAccount(generatePrivateKey()) };
    await chain.send(operator(custodian), contracts.studies, "register", [study.id, study.patient.address, fresh()]);
    return study;
  }

  return {
    ...chain,
    ...contracts,
    contracts,
    artifacts,
    deployment,
    council,
    guardian: account(1),
    reviewer: account(2),
    stranger: account(12),
    operator,
    governor,
    /** Registers a study kept by this hospital, of a new patient. */
    register,
    /** A random account that can sign but not send. */
    signer: () => privateKeyToAccount(generatePrivateKey()),
    member: memberSubject,
    account: accountSubject,
    unlocked: account,
    creditOf: (subject: Hex) => chain.read<CreditView>(contracts.credit, "credit", [subject]),
    pause: (target: Contract): Promise<Sent> => chain.send(account(1), target, "pause"),
  };
}

export type CreditView = {
  readonly score: number;
  readonly raw: number;
  readonly epoch: number;
  readonly counterparties: number;
  readonly gateOpen: boolean;
  readonly tier: number;
  readonly earned: number;
  readonly researchUsed: number;
  readonly operationsUsed: number;
  readonly openRequests: number;
};
