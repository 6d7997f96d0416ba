import { keccak } from "../encoding/keccak.ts";
import { listTrie } from "../encoding/trie.ts";
import { Fault } from "../model/fault.ts";
import type { ProofBlock } from "./format.ts";
import type { Header } from "./header.ts";
import { bytesOf, hexOf, same } from "./hex.ts";
import { decodeReceipt, type ReceiptLog } from "./receipt.ts";
import { strangersIn } from "./strangers.ts";

/** A log with its place in the block. */
export type PlacedLog = ReceiptLog & { readonly logIndex: number; readonly transaction: `0x${string}` };
export type BodyFlaw = { readonly code: "transactions-changed" | "receipts-changed"; readonly record: string | null; readonly what: string };
export type BodyResult = { readonly logs: readonly PlacedLog[]; readonly flaws: readonly BodyFlaw[] };

type Body = NonNullable<ProofBlock["body"]>;

/** Compares a list with the root in the header, and names what does not belong there. */
function compared(kind: "transaction" | "receipt", root: Uint8Array, values: readonly Uint8Array[], nodes: readonly string[]): BodyFlaw[] {
  const code = `${kind}s-changed` as const;
  const trie = listTrie(values);
  if (same(trie.root, root)) {
    if (nodes.length === 0 || nodes.join() === trie.inner.map(hexOf).join()) return [];
    return [{ code, record: null, what: `the inner nodes beside the ${kind}s are not theirs` }];
  }
  let strangers: readonly number[] | null;
  try {
    strangers = strangersIn(root, nodes.map((one) => bytesOf(one, "a trie node")), values);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    strangers = null;
  }
  if (strangers === null || strangers.length === 0) return [{ code, record: null, what: `the block's ${kind}s are not those its header commits to; one or more are missing, added, changed or in another order` }];
  return strangers.map((index) => ({ code, record: `${kind} ${index}`, what: `${kind} ${index} is not the one the header commits to: changed, or not in its place` }));
}

/** Checks a block's transactions and receipts against its header and gives all logs. A flaw leaves the logs out: they are nobody's word. */
export function checkBody(header: Header, body: Body): BodyResult {
  const flaws: BodyFlaw[] = [];
  const read = (kind: "transaction" | "receipt", list: readonly string[]): Uint8Array[] =>
    list.map((one, index) => {
      try {
        return bytesOf(one, `${kind} ${index}`);
      } catch {
        flaws.push({ code: `${kind}s-changed`, record: `${kind} ${index}`, what: `${kind} ${index} is no hex string` });
        return new Uint8Array(0);
      }
    });
  const [transactions, receipts] = [read("transaction", body.transactions), read("receipt", body.receipts)];
  if (flaws.length === 0) flaws.push(...compared("transaction", header.transactionsRoot, transactions, body.transactionNodes), ...compared("receipt", header.receiptsRoot, receipts, body.receiptNodes));
  if (flaws.length > 0) return { logs: [], flaws };
  const logs: PlacedLog[] = [];
  for (const [at, bytes] of receipts.entries()) {
    const transaction = transactions[at];
    if (transaction === undefined) return { logs: [], flaws: [{ code: "receipts-changed", record: `receipt ${at}`, what: `receipt ${at} belongs to no transaction` }] };
    const hash = hexOf(keccak(transaction));
    for (const log of decodeReceipt(bytes).logs) logs.push({ ...log, logIndex: logs.length, transaction: hash });
  }
  return { logs, flaws };
}
