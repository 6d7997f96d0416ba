import { readFile } from "node:fs/promises";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { readSecret } from "../config/secret.ts";
import { fault } from "../model/fault.ts";
import type { MemberNode, MemberView } from "../model/ledger-views.ts";
import type { LedgerReader, Receipt } from "../ports/ledger.ts";
import { readKeyFile } from "./key-file.ts";

/** The chain as an institution's own node shows it, and a way to change what the institution says of itself there. */
export type RegistrySession = {
  readonly config: Config;
  readonly reader: LedgerReader;
  /** This institution's entry. Throws CLI_NOT_ADMITTED. */
  self(): Promise<MemberView>;
  /** Replaces the list of nodes, signed by the key in `keyFile` (the governor's, or an operator's); null when the registry says so already. */
  setNodes(keyFile: string, nodes: readonly MemberNode[]): Promise<Receipt | null>;
  setProfile(keyFile: string, profile: MemberView["profile"]): Promise<Receipt | null>;
};

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/**
 * Opens the session over the node that the configuration names, runs `work`, and closes it. Throws what the configuration or the chain throws.
 * `rpcUrl` names another node of the same chain: an observer's own takes no transaction, not even its governor's.
 */
export async function withRegistry<Value>(configFile: string, signal: AbortSignal, work: (session: RegistrySession) => Promise<Value>, rpcUrl?: string): Promise<Value> {
  const config = await loadConfig(configFile);
  const { createRpc } = await import("../ledger/rpc.ts");
  const { createLedgerReader } = await import("../ledger/reader.ts");
  const { ledgerDefaults } = await import("../ledger/config.ts");
  const { sendDirect } = await import("../ledger/send-direct.ts");
  const { createSigner } = await import("../ledger/sign.ts");
  const { setNodesCall, setProfileCall } = await import("../ledger/registry-calls.ts");
  const { chainId, genesisHash, contracts } = config.chain;
  const endpoint = rpcUrl ?? config.chain.endpoint;
  const rpc = createRpc({ endpoint, timeoutMs: ledgerDefaults.timeoutMs, retries: 2 });
  const reader = createLedgerReader(rpc, { ...ledgerDefaults, endpoint, chainId, genesisHash, contracts });
  const send = async (keyFile: string, call: ReturnType<typeof setNodesCall>): Promise<Receipt> => {
    const key = await readKeyFile(keyFile);
    try {
      return await sendDirect(rpc, createSigner(key, chainId), call, signal);
    } finally {
      key.fill(0);
    }
  };
  const self = async (): Promise<MemberView> => {
    const view = await reader.member(config.member);
    if (view === null) throw fault("CLI_NOT_ADMITTED", { member: config.member });
    return view;
  };
  try {
    await reader.verifyChain();
    return await work({
      config,
      reader,
      self,
      async setNodes(keyFile, nodes) {
        return same((await self()).nodes, nodes) ? null : await send(keyFile, setNodesCall(contracts, config.member, nodes));
      },
      async setProfile(keyFile, profile) {
        return same((await self()).profile, profile) ? null : await send(keyFile, setProfileCall(contracts, config.member, profile));
      },
    });
  } finally {
    await rpc.close();
  }
}

/** The SHA-256 digests of the keyring that the configuration names, as the registry holds them; null for an observer. */
export async function keyringDigests(config: Config): Promise<Pick<MemberView["profile"], "openpgpSha256" | "spkiSha256"> | null> {
  if (config.keyring === null) return null;
  const { openKeyring } = await import("../envelope/keyring.ts");
  const passphrase = await readSecret("keyring.passphraseFile", config.keyring.passphraseFile);
  const keyring = await openKeyring(config.keyring.dir, passphrase);
  passphrase.fill(0);
  return keyring.role === "hospital" ? { openpgpSha256: keyring.identity.certificate.digest, spkiSha256: keyring.tls.spkiSha256 } : null;
}

/** The text of a file, or CLI_FILE. */
export const textOf = (file: string): Promise<string> =>
  readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw fault("CLI_FILE", { file, why: error.code ?? "unknown" }, error);
  });
