import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findBesu } from "../../network/local/find-besu.ts";
import { ledgerDefaults, type LedgerConfig } from "../../node-agent/src/ledger/config.ts";
import type { ContractAddresses } from "../../node-agent/src/ledger/contracts.ts";
import { callOf } from "../../node-agent/src/ledger/intents.ts";
import { createRpc, type Rpc } from "../../node-agent/src/ledger/rpc.ts";
import { createSigner } from "../../node-agent/src/ledger/sign.ts";
import { createLedgerWriter } from "../../node-agent/src/ledger/writer.ts";
import { isFault } from "../../node-agent/src/model/fault.ts";
import { address, digest, requestId, studyId } from "../../node-agent/src/model/ids.ts";
import type { Intent } from "../../node-agent/src/ports/ledger.ts";
import { besuChain } from "../local/engines/besu-chain.ts";
import { hospitalKeyring } from "../local/keys.ts";
import { fetchAtB, prepareShared } from "./exchange.ts";
import { type Hospitals, startHospitals } from "./hospitals.ts";
import { joinerSpeed } from "./joiner.ts";
import { residentMiB } from "./memory.ts";
import { median } from "./rounds.ts";
import type { BenchOptions, BenchRow } from "./row.ts";
import { studyMaker } from "./study.ts";

const word = (): `0x${string}` => `0x${randomBytes(32).toString("hex")}`;
const rssMiB = (): number => Math.round(process.memoryUsage().rss / 2 ** 20);
const gasOfWrite = 400_000;

const registration = (): Intent => ({ kind: "registerStudy", study: studyId(word()), patient: address(`0x${randomBytes(20).toString("hex")}`), root: digest(word()) });

/** Resident memory of each of the chain's nodes, which are the processes that name the consortium's folder. */
function nodesMiB(dir: string): number[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/u.test(pid)) return [];
    try {
      const line = readFileSync(join("/proc", pid, "cmdline"), "utf8");
      return line.includes(`--config-file=${dir}`) && line.includes("java") ? [residentMiB(Number(pid))] : [];
    } catch {
      return [];
    }
  });
}

/** Signed beforehand and sent bare, as fast as the node takes them; from the first byte to the last receipt. Transactions per second. */
async function bare(rpc: Rpc, config: LedgerConfig, key: Uint8Array, intents: readonly Intent[]): Promise<number> {
  const signer = createSigner(key, config.chainId);
  const first = Number(await rpc.call("eth_getTransactionCount", [signer.address, "pending"]));
  const signed = intents.map((intent, i) => signer.sign({ nonce: first + i, gas: gasOfWrite, ...callOf(intent, config.contracts) }));
  const begun = performance.now();
  for (let at = 0; at < signed.length; at += 50) await rpc.callAll(signed.slice(at, at + 50).map(({ raw }) => ({ method: "eth_sendRawTransaction", params: [raw] })));
  for (const { hash } of signed) {
    for (;;) {
      const receipt = (await rpc.call("eth_getTransactionReceipt", [hash])) as { readonly status: string } | null;
      if (receipt !== null && receipt.status !== "0x1") throw new Error("a bare transaction failed");
      if (receipt !== null) break;
      await sleep(50);
    }
  }
  return intents.length / ((performance.now() - begun) / 1000);
}

type Written = { readonly rate: number; readonly cpuMs: number };

/** The same writes as an agent makes them: each estimated, kept, signed, kept, sent and followed to its receipt. */
async function throughOutbox(rpc: Rpc, config: LedgerConfig, key: Uint8Array, file: string, intents: readonly Intent[]): Promise<Written> {
  const writer = createLedgerWriter(rpc, config, { file, operatorKey: key });
  try {
    const cpu = process.cpuUsage();
    const begun = performance.now();
    await Promise.all(intents.map((intent, i) => writer.submit(`write ${i}`, intent)));
    const { user, system } = process.cpuUsage(cpu);
    return { rate: intents.length / ((performance.now() - begun) / 1000), cpuMs: (user + system) / 1000 / intents.length };
  } finally {
    writer.close();
  }
}

async function writes(hospitals: Hospitals, count: number): Promise<BenchRow[]> {
  const { founding, chainUrl, dir } = hospitals;
  const contracts = Object.fromEntries(Object.entries(founding.contracts).map(([name, where]) => [name, address(where)])) as ContractAddresses;
  const config: LedgerConfig = { ...ledgerDefaults, endpoint: chainUrl, chainId: founding.chainId, genesisHash: digest(founding.genesisHash), contracts, pollMs: 100, timeoutMs: 30_000 };
  const rpc = createRpc({ endpoint: chainUrl, timeoutMs: 30_000, retries: 1 });
  const keyOf = async (hospital: Hospitals["a"]): Promise<Uint8Array> => Buffer.from((await hospitalKeyring(hospital.seat)).operatorKey.slice(2), "hex");
  try {
    const [ours, theirs] = [await keyOf(hospitals.a), await keyOf(hospitals.b)];
    const studies = Array.from({ length: count }, registration);
    const own = await throughOutbox(rpc, config, ours, join(dir, "registrations.sqlite"), studies);
    const peer = await bare(rpc, config, theirs, Array.from({ length: count }, registration));
    const asked = (): Intent[] => studies.map((one) => ({ kind: "requestAccess", request: requestId(word()), study: one.kind === "registerStudy" ? one.study : studyId(word()), purpose: "TREAT" }));
    const ownRequests = await throughOutbox(rpc, config, theirs, join(dir, "requests.sqlite"), asked());
    const peerRequests = await bare(rpc, config, theirs, asked());
    const row = (name: string, value: number, peerValue: number): BenchRow => ({ name, value, unit: "tx/s", peer: "signed beforehand, sent bare to the same node", peerValue, ratio: value / peerValue, rssMiB: rssMiB() });
    return [
      row(`Besu, 4 validators: ${count} registrations through the agent's outbox`, own.rate, peer),
      row(`Besu, 4 validators: ${count} requests through the agent's outbox`, ownRequests.rate, peerRequests),
      { name: "agent's processor time per transaction", value: own.cpuMs, unit: "ms", rssMiB: rssMiB() },
    ];
  } finally {
    await rpc.close();
  }
}

/**
 * Two hospitals' agents on four Besu validators and an observer: key release as the requester sees it, then writes per second beside bare ones; afterwards how
 * fast a new node takes over a chain.
 */
export async function run({ full }: BenchOptions): Promise<BenchRow[]> {
  let engine: ReturnType<typeof besuChain>;
  try {
    engine = besuChain(await findBesu(), process.env);
  } catch (error) {
    if (!isFault(error, "NETWORK_BESU_MISSING")) throw error;
    return [{ name: "Besu", value: 0, unit: "", rssMiB: 0, missingPeer: error.message }];
  }
  const own: BenchRow[] = [];
  const hospitals = await startHospitals({ chain: engine });
  try {
    const make = studyMaker(1);
    const released: number[] = [];
    for (let round = 0; round < (full ? 7 : 3); round++) released.push((await fetchAtB(hospitals, await prepareShared(hospitals, make()))).deliveredMs);
    const rows = await writes(hospitals, full ? 1000 : 300);
    const memory = nodesMiB(hospitals.dir);
    own.push(
      { name: "Besu, blocks every second: grant to key released, as the requester sees it", value: median(released), unit: "ms", rssMiB: rssMiB() },
      ...rows,
      { name: `resident memory of one Besu node, mean of ${memory.length}`, value: memory.reduce((sum, one) => sum + one, 0) / memory.length, unit: "MiB", rssMiB: rssMiB() },
      { name: "the same, the largest", value: Math.max(...memory), unit: "MiB", rssMiB: rssMiB() },
    );
  } finally {
    await hospitals.stop();
  }
  return [...own, ...(await joinerSpeed(full ? 5000 : 1000))];
}
