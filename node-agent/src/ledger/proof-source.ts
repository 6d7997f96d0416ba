import { Fault, fault } from "../model/fault.ts";
import { type Digest, digest } from "../model/ids.ts";
import type { ProofSource, ProvableBlock } from "../ports/proof.ts";
import { checkBody, type PlacedLog } from "../proof/body.ts";
import { blockHashOf } from "../proof/chain-hash.ts";
import { logFilter } from "../proof/filter.ts";
import { decodeHeader, encodeRpcHeader, type Header } from "../proof/header.ts";
import { hexOf } from "../proof/hex.ts";
import { encodeRpcReceipt } from "../proof/receipt.ts";
import { encodeRpcTransaction } from "../proof/transaction.ts";
import { quantityOf } from "./block.ts";
import type { LedgerConfig } from "./config.ts";
import { placesOf } from "./contracts.ts";
import { createProofDecoder } from "./proof-decoder.ts";
import type { Rpc } from "./rpc.ts";

/** Headers asked for at once. */
const headersAtOnce = 100;

type Read = { readonly header: Header; readonly bytes: Uint8Array; readonly hash: Digest };

/** A node's answers as a chain of blocks that hold together. */
export function createProofSource(rpc: Rpc, config: Pick<LedgerConfig, "chainId" | "genesisHash" | "contracts">): ProofSource {
  const contracts = Object.fromEntries(placesOf(config.contracts));
  const decode = createProofDecoder(contracts);

  /** Whatever does not fit is the node's fault, and said of the block. */
  async function about<Value>(block: number, work: () => Value | Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Fault && error.code === "PROOF_MALFORMED") throw fault("PROOF_SOURCE_INCONSISTENT", { block, why: error.message }, error);
      throw error;
    }
  }

  const readHeader = (number: number, answer: unknown): Promise<Read> =>
    about(number, () => {
      if (typeof answer !== "object" || answer === null) throw fault("PROOF_MALFORMED", { what: "the node does not have it" });
      const bytes = encodeRpcHeader(answer as Readonly<Record<string, unknown>>);
      const header = decodeHeader(bytes);
      const hash = digest(blockHashOf(header));
      const given = String((answer as { hash?: unknown }).hash).toLowerCase();
      if (header.number !== number) throw fault("PROOF_MALFORMED", { what: `the node gave block ${header.number} instead` });
      if (given !== hash) throw fault("PROOF_MALFORMED", { what: `its header has the hash ${hash}, the node says ${given.slice(0, 66)}` });
      return { header, bytes, hash };
    });

  async function bodyOf({ header, hash }: Read, signal: AbortSignal): Promise<NonNullable<ProvableBlock["body"]> & { readonly logs: readonly PlacedLog[] }> {
    const block = (await rpc.call("eth_getBlockByNumber", [quantityOf(header.number), true], signal)) as { hash?: unknown; transactions?: unknown } | null;
    return await about(header.number, async () => {
      if (String(block?.hash).toLowerCase() !== hash || !Array.isArray(block?.transactions)) throw fault("PROOF_MALFORMED", { what: "the node gave another block the second time" });
      const transactions = block.transactions.map(encodeRpcTransaction);
      const asked = (block.transactions as readonly { hash?: unknown }[]).map((one) => ({ method: "eth_getTransactionReceipt", params: [one.hash] }));
      const receipts = (await rpc.callAll(asked, signal)).map(encodeRpcReceipt);
      const texts = { transactions: transactions.map(hexOf), receipts: receipts.map(hexOf), transactionNodes: [], receiptNodes: [] };
      const { flaws, logs } = checkBody(header, texts);
      if (flaws[0] !== undefined) throw fault("PROOF_MALFORMED", { what: flaws[0].what });
      return { transactions, receipts, logs };
    });
  }

  async function* blocks(range: Parameters<ProofSource["blocks"]>[0], signal: AbortSignal): AsyncGenerator<ProvableBlock, void, undefined> {
    const filter = logFilter(Object.values(contracts), config.contracts.memberRegistry, range.studies);
    let previous: Read | null = null;
    for (let first = range.headersFrom; first <= range.to; first += headersAtOnce) {
      const numbers = Array.from({ length: Math.min(headersAtOnce, range.to - first + 1) }, (_none, at) => first + at);
      const answers = await rpc.callAll(numbers.map((number) => ({ method: "eth_getBlockByNumber", params: [quantityOf(number), false] })), signal);
      for (const [at, number] of numbers.entries()) {
        const read = await readHeader(number, answers[at]);
        if (previous !== null && read.header.parentHash !== previous.hash) throw fault("PROOF_SOURCE_INCONSISTENT", { block: number, why: "it does not follow the block before" });
        previous = read;
        const { header, bytes, hash } = read;
        const wanted = number >= range.from && filter.possible(header.logsBloom);
        const body = wanted ? await bodyOf(read, signal) : null;
        yield { number, hash, header: bytes, body, events: (body?.logs ?? []).filter(filter.chosen).map((log) => decode(log, header)) };
      }
    }
  }

  const { chainId, genesisHash } = config;
  return { identity: { chainId, genesisHash, contracts }, blocks };
}
