import { readFile } from "node:fs/promises";
import { encodeFunctionData, type Abi, type Address, type Hex } from "viem";
import { fault } from "../../node-agent/src/model/fault.ts";
import { loadArtifacts, type Artifact } from "../deploy/artifacts.ts";
import { read } from "../deploy/read.ts";
import { call, createSender, type Rpc } from "../deploy/sender.ts";
import { newPrivateKey } from "../local/secrets.ts";
import type { Subject } from "../verify/subject.ts";
import { checkUpgrade } from "./check.ts";
import type { UpgradeName, UpgradeState } from "./state.ts";

const root = new URL("../../", import.meta.url);

/** Where the compiler put the artifact of `contracts/X.sol:X`. Throws DEPLOY_ARTIFACT_MISSING. */
export async function artifactOf(source: string): Promise<Pick<Artifact, "abi" | "bytecode">> {
  const [file = "", name = ""] = source.split(":");
  const text = await readFile(new URL(`artifacts/${file}/${name}.json`, root), "utf8").catch((cause: unknown) => {
    throw fault("DEPLOY_ARTIFACT_MISSING", { contract: source }, cause);
  });
  return JSON.parse(text) as { abi: Abi; bytecode: Hex };
}

export const proxyOf = ({ deployment }: Subject, contract: UpgradeName): Address => {
  const found = deployment[`${contract.slice(0, 1).toLowerCase()}${contract.slice(1)}` as keyof typeof deployment];
  if (typeof found !== "string") throw fault("DEPLOY_INPUT_WRONG", { what: `this consortium has no ${contract}` });
  return found;
};

/** What each contract's code is told at its construction: its collaborators, which never change. */
export async function constructionOf(rpc: Rpc, { deployment }: Subject, contract: UpgradeName): Promise<readonly unknown[]> {
  const { memberRegistry, studyRegistry, consentRegistry, creditLedger, accessLedger } = deployment;
  const { CreditLedger } = await loadArtifacts();
  const all: Readonly<Record<UpgradeName, () => Promise<readonly unknown[]> | readonly unknown[]>> = {
    MemberRegistry: () => [],
    StudyRegistry: () => [memberRegistry],
    ConsentRegistry: () => [memberRegistry, studyRegistry],
    AccessLedger: () => [memberRegistry, studyRegistry, consentRegistry, creditLedger],
    CreditLedger: async () => [accessLedger, await read(rpc, creditLedger, CreditLedger.abi, "epochSeconds")],
    Council: () => [],
  };
  return await all[contract]();
}

/** Calldata of an initialiser of the new version, its arguments given as JSON. */
export function initOf(abi: Abi, name: string, args: readonly unknown[]): Hex {
  return encodeFunctionData({ abi, functionName: name, args });
}

/**
 * Puts the new code on the chain, unless it is there already, and looks it over: layout against the committed one, initialiser, whether
 * it can be upgraded again and by nobody else. Throws DEPLOY_UPGRADE_REFUSED with every reason; nothing is proposed then.
 */
export async function prepareUpgrade(rpc: Rpc, state: UpgradeState, onStep: (step: string) => void, keep: (state: UpgradeState) => Promise<UpgradeState>): Promise<UpgradeState> {
  const holder = state.deployment.timelock;
  if (holder === undefined) throw fault("DEPLOY_INPUT_WRONG", { what: "this consortium has no Council: a key governs it" });
  let now = state;
  const there = now.candidate !== null && (await call(rpc, "eth_getCode", [now.candidate, "latest"])) !== "0x";
  if (!there) {
    // Code by itself has no power: whoever puts it there needs none, and gas is free.
    const sender = await createSender({ rpc, key: newPrivateKey(), timeoutSeconds: 120, onStep });
    const artifact = { ...(await artifactOf(now.source)), deployedBytecode: "0x", immutableReferences: {} } as const;
    const { address } = await sender.deploy(`code of ${now.source}`, artifact, await constructionOf(rpc, now, now.contract));
    now = await keep({ ...now, candidate: address, checked: false });
  }
  if (now.candidate === null) throw new Error("unreachable: the code was just put there");
  onStep("checks: layout, initialiser, another upgrade afterwards");
  await checkUpgrade({ rpc, contract: now.contract, source: now.source, proxy: now.proxy, candidate: now.candidate, holder, init: now.init, ...(now.before === null ? {} : { before: now.before }) });
  return await keep({ ...now, checked: true });
}
