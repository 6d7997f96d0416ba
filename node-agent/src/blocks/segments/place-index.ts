import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fault } from "../../model/fault.ts";

/** Where a block's bytes lie. */
export type Place = { readonly segment: number; readonly at: number; readonly length: number };
export type Placed = Place & { readonly cid: Uint8Array };
/** `size`: bytes up to which every record is in the index; `dead`: bytes of records whose blocks are gone. */
export type SegmentRow = { readonly no: number; readonly size: number; readonly dead: number };

/** Which block lies where. A cache of the segments: what is not durable in it is read from them again at the next start. */
export type PlaceIndex = {
  find(cid: Uint8Array): Place | null;
  /** Adds blocks, and takes a segment as known up to `size` bytes; one transaction. */
  add(blocks: readonly Placed[], segment: { readonly no: number; readonly size: number }): void;
  /** Forgets blocks; `bytes` of each count as dead in its segment. One transaction. */
  remove(blocks: readonly (Placed & { readonly bytes: number })[]): void;
  segments(): SegmentRow[];
  /** Blocks in one segment. */
  inSegment(no: number): Placed[];
  dropSegment(no: number): void;
  cids(): IterableIterator<Uint8Array>;
  /** Bytes of the segments that blocks take. */
  usedBytes(): number;
  close(): void;
};

const schema = `CREATE TABLE IF NOT EXISTS blocks (cid BLOB PRIMARY KEY, segment INTEGER NOT NULL, at INTEGER NOT NULL, length INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS blocks_by_segment ON blocks (segment);
  CREATE TABLE IF NOT EXISTS segments (no INTEGER PRIMARY KEY, size INTEGER NOT NULL, dead INTEGER NOT NULL);
  PRAGMA user_version = 1`;

function openFile(file: string): DatabaseSync {
  const sqlite = new DatabaseSync(file, { timeout: 2000 });
  try {
    // Never torn by a power cut; the last transactions may be lost, and are read from the segments again.
    sqlite.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; BEGIN EXCLUSIVE; COMMIT");
    const state = sqlite.prepare("PRAGMA quick_check(1)").get();
    if (Object.values(state ?? {})[0] !== "ok") throw new Error("damaged");
    sqlite.exec(schema);
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

const busy = (error: unknown): boolean => error instanceof Error && /locked|busy/iu.test(error.message);
const bytesOf = (value: unknown): Uint8Array => (value instanceof Uint8Array ? value : new Uint8Array(0));

/** Opens the index, or makes it anew when it is absent or damaged: then `segments` is empty and everything is read again. Throws DATABASE_IN_USE when another process has it. */
export function openPlaceIndex(file: string): PlaceIndex {
  let sqlite: DatabaseSync;
  try {
    sqlite = openFile(file);
  } catch (error) {
    if (busy(error)) throw fault("DATABASE_IN_USE", { what: "block index" }, error);
    for (const tail of ["", "-wal", "-shm"]) rmSync(`${file}${tail}`, { force: true });
    sqlite = openFile(file);
  }
  const find = sqlite.prepare("SELECT segment, at, length FROM blocks WHERE cid = ?");
  const insert = sqlite.prepare("INSERT INTO blocks (cid, segment, at, length) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (cid) DO UPDATE SET segment = ?2, at = ?3, length = ?4");
  const grow = sqlite.prepare("INSERT INTO segments (no, size, dead) VALUES (?1, ?2, 0) ON CONFLICT (no) DO UPDATE SET size = ?2");
  const drop = sqlite.prepare("DELETE FROM blocks WHERE cid = ?");
  const died = sqlite.prepare("UPDATE segments SET dead = dead + ?2 WHERE no = ?1");
  const placeOf = (row: Record<string, unknown>): Place => ({ segment: Number(row["segment"]), at: Number(row["at"]), length: Number(row["length"]) });
  const together = (work: () => void): void => {
    sqlite.exec("BEGIN IMMEDIATE");
    try {
      work();
      sqlite.exec("COMMIT");
    } catch (error) {
      sqlite.exec("ROLLBACK");
      throw error;
    }
  };
  return {
    find(cid) {
      const row = find.get(cid);
      return row === undefined ? null : placeOf(row);
    },
    add: (blocks, segment) =>
      together(() => {
        for (const { cid, segment: no, at, length } of blocks) insert.run(cid, no, at, length);
        grow.run(segment.no, segment.size);
      }),
    remove: (blocks) =>
      together(() => {
        for (const { cid, segment, bytes } of blocks) {
          drop.run(cid);
          died.run(segment, bytes);
        }
      }),
    segments: () => sqlite.prepare("SELECT no, size, dead FROM segments ORDER BY no").all().map((row) => ({ no: Number(row["no"]), size: Number(row["size"]), dead: Number(row["dead"]) })),
    inSegment: (no) => sqlite.prepare("SELECT cid, segment, at, length FROM blocks WHERE segment = ? ORDER BY at").all(no).map((row) => ({ ...placeOf(row), cid: bytesOf(row["cid"]) })),
    dropSegment: (no) =>
      together(() => {
        sqlite.prepare("DELETE FROM blocks WHERE segment = ?").run(no);
        sqlite.prepare("DELETE FROM segments WHERE no = ?").run(no);
      }),
    *cids() {
      // In pages: a statement left open would hold up writers while its reader takes its time.
      const page = sqlite.prepare("SELECT cid FROM blocks WHERE cid > ? ORDER BY cid LIMIT 1000");
      for (let after: Uint8Array = new Uint8Array(0); ; ) {
        const rows = page.all(after).map((row) => bytesOf(row["cid"]));
        yield* rows;
        const last = rows.at(-1);
        if (last === undefined) return;
        after = last;
      }
    },
    usedBytes: () => Number(sqlite.prepare("SELECT coalesce(sum(size - dead), 0) AS bytes FROM segments").get()?.["bytes"] ?? 0),
    close: () => sqlite.close(),
  };
}
