import { crc32 } from "node:zlib";

/** First record: what the chain was made with. A chain is a function of this and of the block records after it. */
export type JournalHeader = {
  readonly format: 1;
  readonly chainId: number;
  readonly genesisTime: number;
  readonly gasLimit: number;
  readonly hardfork: string;
};

/**
 * `block` is written and synced before the block is mined (write-ahead): number, timestamp in seconds and the raw transactions that
 * entered the pool for it. `hash` follows with the next write and only serves to check a replay.
 */
export type JournalRecord =
  | { readonly kind: "header"; readonly header: JournalHeader }
  | { readonly kind: "block"; readonly number: number; readonly timestamp: number; readonly transactions: readonly string[] }
  | { readonly kind: "hash"; readonly number: number; readonly hash: string };

const letters = { header: "J", block: "B", hash: "H" } as const;

function payloadOf(record: JournalRecord): string {
  if (record.kind === "header") return `${letters.header} ${JSON.stringify(record.header)}`;
  if (record.kind === "hash") return `${letters.hash} ${record.number} ${record.hash}`;
  return [letters.block, record.number, record.timestamp, ...record.transactions].join(" ");
}

/** One line: CRC-32 of the payload as 8 hex digits, a space, the payload, a line feed. */
export function encodeRecord(record: JournalRecord): string {
  const payload = payloadOf(record);
  return `${crc32(payload).toString(16).padStart(8, "0")} ${payload}\n`;
}

/** Reads one line without its line feed; null when it is not a whole record of this format. */
export function decodeRecord(line: string): JournalRecord | null {
  const payload = line.slice(9);
  if (line[8] !== " " || crc32(payload).toString(16).padStart(8, "0") !== line.slice(0, 8)) return null;
  if (payload.startsWith(`${letters.header} `)) return { kind: "header", header: JSON.parse(payload.slice(2)) as JournalHeader };
  const [letter, number, third, ...rest] = payload.split(" ");
  if (number === undefined || third === undefined) return null;
  if (letter === letters.hash) return { kind: "hash", number: Number(number), hash: third };
  if (letter === letters.block) return { kind: "block", number: Number(number), timestamp: Number(third), transactions: rest };
  return null;
}
