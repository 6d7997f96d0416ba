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
  /** Signed together with others: its bytes carry more than this intent. */
  readonly grouped: boolean;
  /** Never to be joined with others again: a transaction of several was refused, perhaps because of this one. */
  readonly solo: boolean;
};

/** The durable part of the write side. Every method is one transaction that is on disk when it returns. */
export type OutboxStore = {
  find(key: string): OutboxRow | null;
  /** Keeps a new intent. */
  record(row: Pick<OutboxRow, "key" | "kind" | "content" | "to" | "data">): void;
  /** Gives an intent its nonce and bytes. */
  sign(key: string, signed: { readonly nonce: number; readonly raw: `0x${string}`; readonly hash: Digest }): void;
  /** Recorded rows of a kind that may still be joined with others, oldest first. */
  joinable(kind: string, limit: number): OutboxRow[];
  /** Gives several intents one nonce and the same bytes. */
  signTogether(keys: readonly string[], signed: { readonly nonce: number; readonly raw: `0x${string}`; readonly hash: Digest }): void;
  /** Sets several intents apart, each to be sent by itself; those that were signed together lose nonce and bytes, which is right only when these were mined or another used the nonce. */
  setApart(keys: readonly string[]): void;
  /** Keys of the unfinished rows that were signed with these bytes. */
  signedAs(hash: string): string[];
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

type Stored = Record<"key" | "kind" | "content" | "to" | "data" | "state", string> & Record<"raw" | "hash" | "error", string | null> & Record<"nonce" | "block", number | null> & Record<"grouped" | "solo", number>;

const rowOf = (stored: unknown): OutboxRow => {
  const { key, kind, content, to, data, state, nonce, raw, hash, block, error, grouped, solo } = stored as Stored;
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
    grouped: grouped === 1,
    solo: solo === 1,
  };
};

/** Columns that came later: an outbox of an earlier version keeps its intents and gains them. */
function addColumns(database: DatabaseSync): void {
  const present = new Set(database.prepare("SELECT name FROM pragma_table_info('intent')").all().map((row) => String((row as { name: unknown }).name)));
  for (const name of ["grouped", "solo"]) if (!present.has(name)) database.exec(`ALTER TABLE intent ADD COLUMN ${name} INTEGER NOT NULL DEFAULT 0`);
}

/** Opens the file, or throws LEDGER_OUTBOX_LOCKED when another process has it: two would sign with the same nonces. */
function openExclusively(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    database.exec(schema);
    addColumns(database);
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
  const joinable = database.prepare("SELECT * FROM intent WHERE state = 'recorded' AND kind = ? AND solo = 0 ORDER BY seq LIMIT ?");
  const group = database.prepare("UPDATE intent SET state = 'signed', nonce = ?, raw = ?, hash = ?, grouped = 1 WHERE key = ? AND state = 'recorded'");
  const apart = database.prepare("UPDATE intent SET state = 'recorded', nonce = NULL, raw = NULL, hash = NULL, grouped = 0, solo = 1 WHERE key = ? AND state IN ('recorded', 'signed')");
  const signedAs = database.prepare("SELECT key FROM intent WHERE state = 'signed' AND hash = ?");
  const unsign = database.prepare("UPDATE intent SET state = 'recorded', nonce = NULL, raw = NULL, hash = NULL, grouped = 0 WHERE key = ? AND state = 'signed'");
  /** All of them or none, on disk when it returns. */
  const together = (work: () => void): void => {
    database.exec("BEGIN IMMEDIATE");
    try {
      work();
      database.exec("COMMIT");
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  };
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
    joinable: (kind, most) => joinable.all(kind, most).map(rowOf),
    signTogether: (keys, { nonce, raw, hash }) =>
      together(() => {
        for (const key of keys) group.run(nonce, raw, hash, key);
      }),
    setApart: (keys) =>
      together(() => {
        for (const key of keys) apart.run(key);
      }),
    signedAs: (hash) => signedAs.all(hash).map((row) => String((row as { key: unknown }).key)),
    unsign: (key) => void unsign.run(key),
    finish: (key, { state, block, error }) => void finish.run(state, block, error, key),
    forget: (key) => void forget.run(key),
    unfinished: () => unfinished.all().map(rowOf),
    unfinishedCount: () => Number((count.get() as { n: number }).n),
    nonces: () => new Set(nonces.all().map((stored) => Number((stored as { nonce: number }).nonce))),
    close: () => database.close(),
  };
}
