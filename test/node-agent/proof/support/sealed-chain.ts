import { secp256k1 } from "@noble/curves/secp256k1.js";
import { encodeAbiParameters, encodeEventTopics, type Abi } from "viem";
import { privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts";
import { abis, contractNames } from "../../../../node-agent/src/ledger/contracts.ts";
import { createProofDecoder } from "../../../../node-agent/src/ledger/proof-decoder.ts";
import type { LedgerEvent } from "../../../../node-agent/src/model/ledger-events.ts";
import type { Protocol, Vote } from "../../../../node-agent/src/proof/bft.ts";
import { addToBloom } from "../../../../node-agent/src/proof/bloom.ts";
import { checkBody } from "../../../../node-agent/src/proof/body.ts";
import { blockHashOf } from "../../../../node-agent/src/proof/chain-hash.ts";
import { logFilter } from "../../../../node-agent/src/proof/filter.ts";
import { decodeHeader } from "../../../../node-agent/src/proof/header.ts";
import { bytesOf, hexOf, scalarOf } from "../../../../node-agent/src/proof/hex.ts";
import { keccak } from "../../../../node-agent/src/encoding/keccak.ts";
import type { ReceiptLog } from "../../../../node-agent/src/proof/receipt.ts";
import { encodeRlp, type RlpItem } from "../../../../node-agent/src/encoding/rlp.ts";
import { emptyRoot, listTrie } from "../../../../node-agent/src/encoding/trie.ts";
import { type ProofReport, ProofVerifier, type Trust } from "../../../../node-agent/src/proof/verifier.ts";

/**
 * A BFT chain made in memory with keys of its own: sealed as Besu seals, with votes. The encoder here is written apart from the reader under
 * test and is itself held against live Besu blocks by the vectors.
 */
export type Key = { readonly secret: Uint8Array; readonly address: `0x${string}` };
export const keyOf = (seed: number): Key => {
  const secret = new Uint8Array(32).fill(seed);
  return { secret, address: hexOf(keccak(secp256k1.getPublicKey(secret, false).subarray(1)).subarray(12)) };
};
/** Ascending by address, as headers list them. */
export const keysFrom = (first: number, count: number): Key[] => Array.from({ length: count }, (_none, i) => keyOf(first + i)).sort((one, two) => (one.address < two.address ? -1 : 1));

export const contracts = Object.fromEntries(contractNames.map((name, at) => [name, `0x${String(at + 1).repeat(40)}`])) as Record<(typeof contractNames)[number], `0x${string}`>;
export const studies = [`0x${"a1".repeat(32)}`, `0x${"b2".repeat(32)}`, `0x${"c3".repeat(32)}`] as const;
const patient = `0x${"99".repeat(20)}` as const;

/** A log as the named contract emits it. */
export function logOf(contract: keyof typeof contracts, eventName: string, args: Readonly<Record<string, unknown>>): ReceiptLog {
  const abi = abis[contract] as unknown as Abi;
  const event = abi.find((one) => one.type === "event" && one.name === eventName);
  if (event?.type !== "event") throw new Error(`${contract} has no event ${eventName}`);
  const plain = event.inputs.filter(({ indexed }) => indexed !== true);
  return {
    address: contracts[contract],
    topics: encodeEventTopics({ abi, eventName, args } as never) as `0x${string}`[],
    data: encodeAbiParameters(plain, plain.map(({ name }) => args[name ?? ""])),
  };
}
export const registered = (study: string): ReceiptLog => logOf("studyRegistry", "StudyRegistered", { studyId: study, custodian: 1, patient, root: `0x${"11".repeat(32)}` });
export const delivered = (study: string, request: string): ReceiptLog =>
  logOf("accessLedger", "AccessDelivered", { requestId: request, studyId: study, requester: 2, custodian: 1, keyDigest: `0x${"77".repeat(32)}` });
export const foreign: ReceiptLog = { address: `0x${"ee".repeat(20)}`, topics: [`0x${"44".repeat(32)}`], data: "0x01" };

export type BlockPlan = {
  /** Logs per transaction. */
  readonly transactions?: readonly (readonly ReceiptLog[])[];
  readonly vote?: Vote;
  /** Who proposes and votes; the first validator when left out. */
  readonly proposer?: Key;
  readonly validators: readonly Key[];
  /** Who seals; all validators when left out. */
  readonly sealers?: readonly Key[];
  readonly protocol?: Protocol;
};

const word = (size: number, fill = 0): Uint8Array => new Uint8Array(size).fill(fill);
const nothing = new Uint8Array(0);
const account: PrivateKeyAccount = privateKeyToAccount(`0x${"5a".repeat(32)}`);

function extraOf(plan: BlockPlan, what: "all" | "hash" | "seal", seals: readonly Uint8Array[]): Uint8Array {
  const qbft = plan.protocol === "qbft";
  const voted: RlpItem = plan.vote === undefined ? (qbft ? [] : nothing) : [bytesOf(plan.vote.candidate, ""), plan.vote.add ? Uint8Array.of(255) : qbft ? nothing : Uint8Array.of(0)];
  const head: RlpItem[] = [word(32), plan.validators.map(({ address }) => bytesOf(address, "")), voted];
  const round = qbft ? nothing : word(4);
  if (what === "all") return encodeRlp([...head, round, [...seals]]);
  if (what === "seal") return encodeRlp(qbft ? [...head, round, []] : [...head, round]);
  return encodeRlp(qbft ? [...head, nothing, []] : head);
}

/** One block, sealed. Gives its header's RLP and its body. */
async function sealBlock(number: number, parent: Uint8Array, plan: BlockPlan, nonce: number) {
  const transactions: Uint8Array[] = [];
  const receipts: Uint8Array[] = [];
  const bloom = word(256);
  for (const [at, logs] of (plan.transactions ?? []).entries()) {
    transactions.push(bytesOf(await account.signTransaction({ type: "legacy", chainId: 2026, nonce: nonce + at, gas: 100_000n, gasPrice: 0n, to: contracts.accessLedger }), ""));
    const own = word(256);
    for (const { address, topics } of logs) for (const value of [address, ...topics]) for (const filter of [own, bloom]) addToBloom(filter, bytesOf(value, ""));
    receipts.push(encodeRlp([Uint8Array.of(1), scalarOf(21_000 * (at + 1), ""), own, logs.map((log) => [bytesOf(log.address, ""), log.topics.map((topic) => bytesOf(topic, "")), bytesOf(log.data, "")])]));
  }
  const fields = (extra: Uint8Array): RlpItem[] => [
    parent, word(32, 1), bytesOf((plan.proposer ?? plan.validators[0])?.address, ""), word(32, 2), listTrie(transactions).root, listTrie(receipts).root, bloom, Uint8Array.of(1),
    scalarOf(number, ""), scalarOf(30_000_000, ""), scalarOf(21_000 * transactions.length, ""), scalarOf(1_800_000_000 + number, ""), extra, word(32, 0x63), word(8), nothing, emptyRoot,
  ];
  const seal = ({ secret }: Key): Uint8Array => {
    const digest = keccak(encodeRlp(fields(extraOf(plan, "seal", []))));
    const [v = 0, ...rest] = secp256k1.sign(digest, secret, { prehash: false, format: "recovered" });
    return Uint8Array.from([...rest, v]);
  };
  const seals = number === 0 ? [] : (plan.sealers ?? plan.validators).map(seal);
  const hash = keccak(encodeRlp(fields(extraOf(plan, number === 0 ? "all" : "hash", []))));
  return { header: encodeRlp(fields(extraOf(plan, "all", seals))), hash, transactions, receipts };
}

export type ExportOptions = { readonly from?: number; readonly headersFrom?: number; readonly studies?: readonly `0x${string}`[] | null };

/** The lines of an export of the planned chain; block 0 is the first plan. */
export async function exportOf(plans: readonly BlockPlan[], { from = 1, headersFrom = 0, studies: about = null }: ExportOptions = {}): Promise<{ readonly lines: string[]; readonly genesis: `0x${string}`; readonly events: LedgerEvent[] }> {
  const decode = createProofDecoder(contracts);
  const filter = logFilter(Object.values(contracts), contracts.memberRegistry, about);
  const lines: string[] = [];
  const events: LedgerEvent[] = [];
  let [parent, nonce, genesis]: [Uint8Array, number, `0x${string}`] = [word(32), 0, "0x"];
  for (const [number, plan] of plans.entries()) {
    const { header, hash, transactions, receipts } = await sealBlock(number, parent, plan, nonce);
    parent = hash;
    nonce += transactions.length;
    if (number === 0) genesis = hexOf(hash);
    if (number < headersFrom) continue;
    const decoded = decodeHeader(header);
    if (blockHashOf(decoded) !== hexOf(hash)) throw new Error("the reader and the maker disagree about a hash");
    if (number < from || !filter.possible(decoded.logsBloom)) {
      lines.push(JSON.stringify({ block: number, header: hexOf(header) }));
      continue;
    }
    const body = { transactions: transactions.map(hexOf), transactionNodes: listTrie(transactions).inner.map(hexOf), receipts: receipts.map(hexOf), receiptNodes: listTrie(receipts).inner.map(hexOf) };
    const found = checkBody(decoded, body).logs.filter(filter.chosen).map((log) => decode(log, decoded));
    events.push(...found);
    lines.push(JSON.stringify({ block: number, header: hexOf(header), body, ...(found.length === 0 ? {} : { events: found }) }));
  }
  const to = plans.length - 1;
  const head = { format: "fiducial-history-proof", version: 1, chainId: 2026, genesis, contracts, from, to, headersFrom, studies: about, exportedAt: "2026-01-01T00:00:00.000Z", exportedBy: "member 4, Regulator" };
  return { lines: [JSON.stringify(head), ...lines, JSON.stringify({ end: { blocks: lines.length, events: events.length, hash: hexOf(parent) } })], genesis, events };
}

/** The verdict on some lines. */
export function verdictOn(lines: readonly string[], trust: Trust): ProofReport & { readonly history: readonly LedgerEvent[] } {
  const history: LedgerEvent[] = [];
  const verifier = new ProofVerifier({ trust, decoderFor: createProofDecoder, onEvent: (event) => void history.push(event) });
  for (const line of lines) verifier.line(line);
  return { ...verifier.report(), history };
}
