import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { join } from "node:path";
import { encodeFunctionData } from "viem";
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts";
import type { LedgerConfig } from "../../../../node-agent/src/ledger/config.ts";
import type { ContractAddresses } from "../../../../node-agent/src/ledger/contracts.ts";
import { createProofSource } from "../../../../node-agent/src/ledger/proof-source.ts";
import { createLedgerReader } from "../../../../node-agent/src/ledger/reader.ts";
import { createRpc } from "../../../../node-agent/src/ledger/rpc.ts";
import { createSigner } from "../../../../node-agent/src/ledger/sign.ts";
import { createLedgerWriter } from "../../../../node-agent/src/ledger/writer.ts";
import { address, digest } from "../../../../node-agent/src/model/ids.ts";
import { loadArtifacts } from "../../../../scripts/deploy/artifacts.ts";
import { deployConsortium, type Founder } from "../../../../scripts/deploy/consortium.ts";
import type { Governance } from "../../../../scripts/deploy/governance.ts";
import type { Rpc } from "../../../../scripts/deploy/sender.ts";
import { startChain } from "../../../contracts/support/chain.ts";
import { openHospital } from "./hospital.ts";
import { openObserver } from "./observer-agent.ts";

type Hex = `0x${string}`;
type Call = { readonly id: number; readonly method: string; readonly params: readonly unknown[] };
export const periods = { votingDelay: 10, votingPeriod: 1000, timelockDelay: 500, gracePeriod: 100_000, minHospitals: 2 } as const satisfies Governance;

/** A node over HTTP in front of an in-process chain whose clock the test moves. */
async function serve(rpc: Rpc): Promise<{ readonly url: string; close(): Promise<void> }> {
  const one = async ({ id, method, params }: Call): Promise<unknown> => {
    try {
      return { jsonrpc: "2.0", id, result: await rpc.request({ method, params }) };
    } catch (error) {
      const { code = -32000, message = "", data = null } = error as { code?: number; message?: string; data?: unknown };
      return { jsonrpc: "2.0", id, error: { code, message, data } };
    }
  };
  const server = createServer(async (request, response) => {
    const asked = (await json(request)) as Call | Call[];
    const answer = Array.isArray(asked) ? await Promise.all(asked.map(one)) : await one(asked);
    response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const close = () => new Promise<void>((done) => server.close(() => done()).closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

export type GovernedTown = Awaited<ReturnType<typeof openGovernedTown>>;

/**
 * Three hospitals and a regulator under a Council, each with an agent over the real contracts; the governors' keys are held here, away
 * from every agent. The chain's clock is moved by `pass`.
 */
export async function openGovernedTown(folder: string) {
  const chain = await startChain();
  const node = await serve(chain.rpc);
  const [operatorKeys, governors] = [[0, 1, 2].map(() => randomBytes(32)), [0, 1, 2, 3].map(() => generatePrivateKey())];
  const chainId = Number(await chain.rpc.request({ method: "eth_chainId" }));
  const genesis = (await chain.rpc.request({ method: "eth_getBlockByNumber", params: ["0x0", false] })) as { readonly hash: string };
  const sha = (text: string): Hex => `0x${createHash("sha256").update(text).digest("hex")}`;
  const members: Founder[] = governors.map((key, at) => {
    const operator = operatorKeys[at];
    return {
      kind: operator === undefined ? "Observer" : "Hospital",
      governor: privateKeyToAccount(key).address,
      operators: operator === undefined ? [] : [createSigner(operator, chainId).address],
      profile: { displayName: operator === undefined ? "Regulator" : `Hospital ${at + 1}`, endpoint: operator === undefined ? "" : `https://h${at + 1}.example`, openpgpSha256: sha(`pgp ${at}`), spkiSha256: sha(`tls ${at}`) },
    };
  });
  const guardians = [generatePrivateKey(), generatePrivateKey(), generatePrivateKey()] as const;
  const deployment = await deployConsortium({ rpc: chain.rpc, deployerKey: generatePrivateKey(), governance: periods, guardians: guardians.map((key) => privateKeyToAccount(key).address), reviewers: [], members });
  const { deployedAtBlock, ...addresses } = deployment;
  const contracts = Object.fromEntries(Object.entries(addresses).map(([name, at]) => [name, address(at)])) as ContractAddresses;
  const config: LedgerConfig = { endpoint: node.url, chainId, genesisHash: digest(genesis.hash), contracts, pollMs: 10, timeoutMs: 20_000, logsRange: 2000 };
  const rpc = createRpc({ endpoint: node.url, timeoutMs: 20_000, retries: 1 });
  const reader = createLedgerReader(rpc, config);
  const proofs = createProofSource(rpc, config);
  const writers = operatorKeys.map((operatorKey, at) => createLedgerWriter(rpc, config, { file: join(folder, `outbox-${at}.sqlite`), operatorKey }));
  const hospitals = await Promise.all(writers.map((writer, at) => openHospital({ ledger: { reader, writer, proofs, deployedAtBlock }, member: at + 1 })));
  const observer = await openObserver({ reader, proofs, deployedAtBlock });
  return {
    chain,
    config,
    deployment,
    reader,
    hospitals,
    observer,
    governors,
    guardians,
    /** A transaction to the Council that asks no agent. */
    async direct(by: PrivateKeyAccount, functionName: string, args: readonly unknown[]): Promise<void> {
      const nonce = Number(await chain.rpc.request({ method: "eth_getTransactionCount", params: [by.address, "latest"] }));
      const data = encodeFunctionData({ abi: (await loadArtifacts()).Council.abi, functionName, args });
      const raw = await by.signTransaction({ type: "legacy", chainId, nonce, gas: 5_000_000n, gasPrice: 0n, to: deployment.council, data });
      await chain.rpc.request({ method: "eth_sendRawTransaction", params: [raw] });
    },
    /** Moves the chain's clock on, and waits until every agent has read that block. */
    async pass(seconds: number): Promise<void> {
      await chain.sleep(seconds);
      const head = (await reader.head()).number;
      for (const { context } of [...hospitals, observer]) while ((context.ledgerIndex.cursor()?.number ?? -1) < head) await new Promise((done) => setTimeout(done, 10));
    },
    async close(): Promise<void> {
      await observer.close();
      for (const hospital of hospitals) await hospital.close();
      for (const writer of writers) writer.close();
      await rpc.close();
      await node.close();
    },
  };
}
