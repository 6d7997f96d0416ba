import { fault } from "../model/fault.ts";
import { address, digest, studyId } from "../model/ids.ts";
import type { LedgerEvent } from "../model/ledger-events.ts";

/**
 * An access history with its proof: JSON lines (one document per line, UTF-8). The first line is the head, then one line per block in order,
 * the last line is the end. docs/proof-format.md is the specification.
 */
export const proofFormat = "fiducial-history-proof";
export const proofVersion = 1;
export const proofMediaType = "application/x-ndjson";

export type ProofHead = {
  readonly format: typeof proofFormat;
  readonly version: typeof proofVersion;
  readonly chainId: number;
  /** Hash of block 0, as the agent is configured with it. */
  readonly genesis: `0x${string}`;
  /** The consortium's contracts by name; the proxies' addresses. */
  readonly contracts: Readonly<Record<string, `0x${string}`>>;
  /** Blocks the history is complete for, both included. */
  readonly from: number;
  readonly to: number;
  /** First block whose header is in the file: 0, or a later one that the reader trusts by its hash. */
  readonly headersFrom: number;
  /** The studies it is about; null: everything. */
  readonly studies: readonly `0x${string}`[] | null;
  /** When and by whom it was written: said, not proven. */
  readonly exportedAt: string;
  readonly exportedBy: string;
};

export type ProofBlock = {
  readonly block: number;
  /** RLP of the header with its seals. */
  readonly header: string;
  /** All transactions and receipts of the block, and the inner nodes of their tries; absent where the bloom rules the block out. */
  readonly body?: {
    readonly transactions: readonly string[];
    readonly transactionNodes: readonly string[];
    readonly receipts: readonly string[];
    readonly receiptNodes: readonly string[];
  };
  /** What happened, in words: a claim that is checked against the receipts. */
  readonly events?: readonly LedgerEvent[];
};

export type ProofEnd = { readonly end: { readonly blocks: number; readonly events: number; readonly hash: string } };

type Words = Readonly<Record<string, unknown>>;

const bad = (what: string): Error => fault("PROOF_MALFORMED", { what });
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === "string");
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** One line as an object. Throws PROOF_MALFORMED. */
export function parseLine(text: string): Words {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Words;
  } catch {
    // Falls through to the same answer: the line is none of this format's.
  }
  throw bad("the line is no JSON object");
}

/** Nobody may add something to a line that a reader would take for proven. */
function onlyKeys(words: Words, keys: readonly string[], what: string): void {
  const foreign = Object.keys(words).find((key) => !keys.includes(key));
  if (foreign !== undefined) throw bad(`${what} has a field of another format`);
}

/** Throws PROOF_MALFORMED when the first line is not the head of an export that this version reads. */
export function parseHead(words: Words): ProofHead {
  const { format, version, chainId, genesis, contracts, from, to, headersFrom, studies, exportedAt, exportedBy } = words;
  if (format !== proofFormat) throw bad("the file does not begin like a history with proof");
  if (version !== proofVersion) throw bad(`the file is of version ${String(version).slice(0, 20)}; this program reads version ${proofVersion}`);
  onlyKeys(words, ["format", "version", "chainId", "genesis", "contracts", "from", "to", "headersFrom", "studies", "exportedAt", "exportedBy"], "the head");
  if (!isCount(chainId) || !isCount(from) || !isCount(to) || !isCount(headersFrom) || headersFrom > from || from > to) throw bad("the head's numbers do not fit together");
  if (typeof contracts !== "object" || contracts === null || (studies !== null && !isTexts(studies))) throw bad("the head names no contracts or studies");
  try {
    return {
      format,
      version,
      chainId,
      genesis: digest(String(genesis)),
      contracts: Object.fromEntries(Object.entries(contracts).map(([name, value]) => [name, address(String(value))])),
      from,
      to,
      headersFrom,
      studies: studies === null ? null : studies.map((one) => studyId(one)),
      exportedAt: String(exportedAt),
      exportedBy: String(exportedBy),
    };
  } catch (error) {
    throw error instanceof TypeError ? bad(`the head holds something that is ${error.message}`) : error;
  }
}

/** Throws PROOF_MALFORMED when the line is none of a block. */
export function parseBlockLine(words: Words): ProofBlock {
  const { block, header, body, events } = words;
  onlyKeys(words, ["block", "header", "body", "events"], "the line");
  if (!isCount(block) || typeof header !== "string") throw bad("the line has no block number or no header");
  if (events !== undefined && !Array.isArray(events)) throw bad("the events are no list");
  const given = events === undefined ? {} : { events: events as readonly LedgerEvent[] };
  if (body === undefined) return { block, header, ...given };
  if (typeof body !== "object" || body === null) throw bad("the body is no object");
  const { transactions, transactionNodes, receipts, receiptNodes } = body as Words;
  onlyKeys(body as Words, ["transactions", "transactionNodes", "receipts", "receiptNodes"], "the body");
  if (!isTexts(transactions) || !isTexts(transactionNodes) || !isTexts(receipts) || !isTexts(receiptNodes)) throw bad("the body is not whole");
  return { block, header, body: { transactions, transactionNodes, receipts, receiptNodes }, ...given };
}

/** The end, or null when the line is another. Throws PROOF_MALFORMED when it begins like one and is none. */
export function parseEnd(words: Words): ProofEnd["end"] | null {
  if (words["end"] === undefined) return null;
  onlyKeys(words, ["end"], "the end");
  const { blocks, events, hash } = words["end"] as Words;
  if (!isCount(blocks) || !isCount(events) || typeof hash !== "string") throw bad("the end is not whole");
  return { blocks, events, hash };
}

/** A document's one text: keys in order, so that equal contents are equal texts. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined).sort(([one], [two]) => (one < two ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
}
