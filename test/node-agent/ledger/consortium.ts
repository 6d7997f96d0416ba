import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, address, digest, type RequestId, requestId, type StudyId, studyId } from "../../../node-agent/src/model/ids.ts";
import type { LedgerConfig } from "../../../node-agent/src/ledger/config.ts";
import type { ContractAddresses } from "../../../node-agent/src/ledger/contracts.ts";
import { createLedgerReader } from "../../../node-agent/src/ledger/reader.ts";
import { createProofSource } from "../../../node-agent/src/ledger/proof-source.ts";
import { createRpc } from "../../../node-agent/src/ledger/rpc.ts";
import { createSigner } from "../../../node-agent/src/ledger/sign.ts";
import { createLedgerWriter } from "../../../node-agent/src/ledger/writer.ts";
import { type EmbeddedChain, startEmbeddedChain } from "../../../network/embedded/start.ts";
import type { LedgerReader, LedgerWriter } from "../../../node-agent/src/ports/ledger.ts";
import type { ProofSource } from "../../../node-agent/src/ports/proof.ts";
import { deployConsortium } from "../../../scripts/deploy/consortium.ts";
import { httpRpc } from "../../../scripts/deploy/http.ts";
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";

export type Consortium = {
  readonly chain: EmbeddedChain;
  readonly config: LedgerConfig;
  readonly deployedAtBlock: number;
  readonly reader: LedgerReader;
  readonly proofs: ProofSource;
  /** Hospitals 1 and 2; member 3 is an observer without a writer. */
  readonly a: LedgerWriter;
  readonly b: LedgerWriter;
  readonly reviewer: PrivateKeyAccount;
  close(): Promise<void>;
};

export const newStudy = (): StudyId => studyId(`0x${randomBytes(32).toString("hex")}`);
export const newRequest = (): RequestId => requestId(`0x${randomBytes(32).toString("hex")}`);
export const newDigest = () => digest(`0x${randomBytes(32).toString("hex")}`);
export const newAccount = (): PrivateKeyAccount => privateKeyToAccount(generatePrivateKey());
export const addressOf = (account: PrivateKeyAccount): Address => address(account.address);

/** The real contracts on the embedded chain: two hospitals, one observer. */
export async function startConsortium(): Promise<Consortium> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-ledger-"));
  const chain = await startEmbeddedChain({ dir: join(dir, "chain"), port: 0 });
  const keys = [randomBytes(32), randomBytes(32)];
  const reviewer = newAccount();
  const member = (kind: "Hospital" | "Observer", name: string, operators: readonly Address[]) => ({
    kind,
    governor: newAccount().address,
    operators,
    profile: {
      displayName: name,
      endpoint: kind === "Hospital" ? `https://${name}.example` : "",
      openpgpSha256: `0x${createHash("sha256").update(name).digest("hex")}` as const,
      spkiSha256: `0x${createHash("sha256").update(`tls ${name}`).digest("hex")}` as const,
    },
  });
  const operators = keys.map((key) => createSigner(key, chain.chainId).address);
  const { deployedAtBlock, ...addresses } = await deployConsortium({
    rpc: httpRpc(chain.url),
    deployerKey: generatePrivateKey(),
    council: newAccount().address,
    reviewers: [reviewer.address],
    members: [member("Hospital", "alpha", operators.slice(0, 1)), member("Hospital", "beta", operators.slice(1)), member("Observer", "gamma", [])],
  });
  const contracts = Object.fromEntries(Object.entries(addresses).map(([name, at]) => [name, address(at)])) as ContractAddresses;
  const config: LedgerConfig = { endpoint: chain.url, chainId: chain.chainId, genesisHash: digest(chain.genesisHash), contracts, pollMs: 10, timeoutMs: 5000, logsRange: 2000 };
  const rpc = createRpc({ endpoint: chain.url, timeoutMs: 5000, retries: 1 });
  const [a, b] = keys.map((operatorKey, i) => createLedgerWriter(rpc, config, { file: join(dir, `outbox-${i}.sqlite`), operatorKey }));
  if (a === undefined || b === undefined) throw new Error("two writers are needed");
  return {
    chain,
    config,
    deployedAtBlock,
    reader: createLedgerReader(rpc, config),
    proofs: createProofSource(rpc, config),
    a,
    b,
    reviewer,
    async close() {
      a.close();
      b.close();
      await rpc.close();
      await chain.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
