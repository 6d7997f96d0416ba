import { readFile } from "node:fs/promises";
import type { Abi, Hex } from "viem";
import { fault } from "../../node-agent/src/model/fault.ts";

/** Where the compiler left room for values that the constructor fills in, by the declaration's number; positions in bytes. */
export type ImmutableReferences = Readonly<Record<string, readonly { readonly start: number; readonly length: number }[]>>;

export type Artifact = { readonly abi: Abi; readonly bytecode: Hex; readonly deployedBytecode: Hex; readonly immutableReferences: ImmutableReferences };

/** Where each deployed contract's artifact lies under the compiler's output folder. */
const places = {
  ConsortiumAuthority: "contracts/ConsortiumAuthority.sol/ConsortiumAuthority.json",
  MemberRegistry: "contracts/MemberRegistry.sol/MemberRegistry.json",
  MemberRegistryProxy: "contracts/MemberRegistryProxy.sol/MemberRegistryProxy.json",
  StudyRegistry: "contracts/StudyRegistry.sol/StudyRegistry.json",
  ConsentRegistry: "contracts/ConsentRegistry.sol/ConsentRegistry.json",
  AccessLedger: "contracts/AccessLedger.sol/AccessLedger.json",
  CreditLedger: "contracts/CreditLedger.sol/CreditLedger.json",
  Council: "contracts/Council.sol/Council.json",
  GuardianPanel: "contracts/GuardianPanel.sol/GuardianPanel.json",
  TimelockController: "@openzeppelin/contracts/governance/TimelockController.sol/TimelockController.json",
  ERC1967Proxy: "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol/ERC1967Proxy.json",
} as const;

export type DeployedName = keyof typeof places;
export type Artifacts = Readonly<Record<DeployedName, Artifact>>;

async function load(folder: URL, contract: DeployedName): Promise<Artifact> {
  const text = await readFile(new URL(places[contract], folder), "utf8").catch((cause: unknown) => {
    throw fault("DEPLOY_ARTIFACT_MISSING", { contract }, cause);
  });
  const { abi, bytecode, deployedBytecode, immutableReferences = {} }: Artifact = JSON.parse(text);
  return { abi, bytecode, deployedBytecode, immutableReferences };
}

/** Reads ABI, creation code and running code of everything a deployment needs from the compiler's output (default: the checkout's artifacts/). */
export async function loadArtifacts(folder: URL = new URL("../../artifacts/", import.meta.url)): Promise<Artifacts> {
  const names = Object.keys(places) as DeployedName[];
  const loaded = await Promise.all(names.map(async (name) => [name, await load(folder, name)] as const));
  return Object.fromEntries(loaded) as Record<DeployedName, Artifact>;
}
