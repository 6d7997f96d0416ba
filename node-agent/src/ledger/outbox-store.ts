import { DatabaseSync } from "node:sqlite";
import { fault } from "../model/fault.ts";
import { type Address, type Digest, digest } from "../model/ids.ts";

/**
 * recorded: the intent is kept, nothing was signed. signed: nonce and signed bytes are kept, perhaps sent. mined, reverted: final.
 * Mined rows stay for ever (without their bytes): a key names one write for good. Reverted ones stay until the key is used again.
 */
export type OutboxState = "recorded" | "signed" | "mined" | "reverted";

export type OutboxRow = {
  readonly key: string;
  readonly kind: string;
  /** SHA-256 of the call, to tell a repeated write from another one under the same key. */
  readonly content: string;
  readonly to: Address;
  readonly data: `0x${string}`;
  readonly state: OutboxState;
  readonly nonce: number | null;
  readonly raw: `0x${string}` | null;
  readonly hash: Digest | null;
  readonly block: number | null;
  /** Name of the contract's error when reverted. */
  readonly error: string | null;
};

/** The durable part of the write side. Every method is one transaction that is on disk when it returns. */
export type OutboxStore = {
  find(key: string): OutboxRow | null;
  /** Keeps a new intent. */
  record(row: Pick<OutboxRow, "key" | "kind" | "content" | "to" | "data">): void;
  /** Gives an intent its nonce and bytes. */
  sign(key: string, signed: { readonly nonce: number; readonly raw: `0x${string}`; readonly hash: Digest }): void;
  /** Takes nonce and bytes back: only when another transaction has used the nonce, so that these bytes can never be mined. */
  unsign(key: string): void;
  /** Ends an intent that was mined. */
  finish(key: string, outcome: { readonly state: "mined" | "reverted"; readonly block: number; readonly error: string | null }): void;
  /** Forgets an intent that was refused: before anything was signed, or by a transaction that was mined and reverted. */
  forget(key: string): void;
  /** Rows recorded or signed, oldest first. */
  unfinished(): OutboxRow[];
  unfinishedCount(): number;
  /** Nonces of signed, unfinished rows. */
  nonces(): Set<number>;
  close(): void;
};

const schema = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS intent (
    seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, content TEXT NOT NULL, "to" TEXT NOT NULL, data TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('recorded', 'signed', 'mined', 'reverted')), nonce INTEGER, raw TEXT, hash TEXT, block INTEGER, error TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS unfinished ON intent (seq) WHERE state IN ('recorded', 'signed');
`;

type Stored = Record<"key" | "kind" | "content" | "to" | "data" | "state", string> & Record<"raw" | "hash" | "error", string | null> & Record<"nonce" | "block", number | null>;

const rowOf = (stored: unknown): OutboxRow => {
  const { key, kind, content, to, data, state, nonce, raw, hash, block, error } = stored as Stored;
  return {
    key,
    kind,
    content,
    to: to as Address,
    data: data as `0x${string}`,
    state: state as OutboxState,
    nonce,
    raw: raw as `0x${string}` | null,
    hash: hash === null ? null : digest(hash),
    block,
    error,
  };
};

/** Opens the file, or throws LEDGER_OUTBOX_LOCKED when another process has it: two would sign with the same nonces. */
function openExclusively(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    database.exec(schema);
    return database;
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === 5) throw fault("LEDGER_OUTBOX_LOCKED", { file }, error);
    throw error;
  }
}

/**
 * Opens the outbox of one operator key on one chain. Throws LEDGER_OUTBOX_FOREIGN when the file was kept for another, LEDGER_OUTBOX_LOCKED when
 * another process uses it.
 */
export function openOutboxStore(file: string, belongs: { readonly chainId: number; readonly genesisHash: string; readonly operator: Address }): OutboxStore {
  const database = openExclusively(file);
  try {
    for (const [field, value] of Object.entries(belongs)) {
      database.prepare("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING").run(field, String(value));
      const { value: kept } = database.prepare("SELECT value FROM meta WHERE name = ?").get(field) as { value: string };
      if (kept !== String(value)) throw fault("LEDGER_OUTBOX_FOREIGN", { field, kept, actual: String(value) });
    }
  } catch (error) {
    database.close();
    throw error;
  }
  const find = database.prepare("SELECT * FROM intent WHERE key = ?");
  const record = database.prepare(`INSERT INTO intent (key, kind, content, "to", data, state) VALUES (?, ?, ?, ?, ?, 'recorded')`);
  const sign = database.prepare("UPDATE intent SET state = 'signed', nonce = ?, raw = ?, hash = ? WHERE key = ? AND state = 'recorded'");
  const unsign = database.prepare("UPDATE intent SET state = 'recorded', nonce = NULL, raw = NULL, hash = NULL WHERE key = ? AND state = 'signed'");
  const finish = database.prepare("UPDATE intent SET state = ?, block = ?, error = ?, data = '0x', raw = NULL WHERE key = ? AND state = 'signed'");
  const forget = database.prepare("DELETE FROM intent WHERE key = ? AND state IN ('recorded', 'reverted')");
  const unfinished = database.prepare("SELECT * FROM intent WHERE state IN ('recorded', 'signed') ORDER BY seq");
  const count = database.prepare("SELECT count(*) AS n FROM intent WHERE state IN ('recorded', 'signed')");
  const nonces = database.prepare("SELECT nonce FROM intent WHERE state = 'signed'");
  return {
    find(key) {
      const stored = find.get(key);
      return stored === undefined ? null : rowOf(stored);
    },
    record: ({ key, kind, content, to, data }) => void record.run(key, kind, content, to, data),
    sign: (key, { nonce, raw, hash }) => void sign.run(nonce, raw, hash, key),
    unsign: (key) => void unsign.run(key),
    finish: (key, { state, block, error }) => void finish.run(state, block, error, key),
    forget: (key) => void forget.run(key),
    unfinished: () => unfinished.all().map(rowOf),
    unfinishedCount: () => Number((count.get() as { n: number }).n),
    nonces: () => new Set(nonces.all().map((stored) => Number((stored as { nonce: number }).nonce))),
    close: () => database.close(),
  };
}
