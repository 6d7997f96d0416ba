import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { fault } from "../../node-agent/src/model/fault.ts";
import { decodeRecord, encodeRecord, type JournalRecord } from "./journal-format.ts";

export type Journal = {
  /** Records kept at opening, in order; read once, lazily, so that a long chain never sits in memory as text. */
  records(): Generator<JournalRecord>;
  /** Bytes of a torn last record that opening cut off: a write that never finished and was never acknowledged. */
  readonly tornBytes: number;
  /**
   * Appends and syncs. Throws CHAIN_JOURNAL_WRITE when nothing was kept; after an error of the disk itself (not of space) every later append throws
   * too, because what the disk holds is then unknown.
   */
  append(records: readonly JournalRecord[]): void;
  close(): void;
};

type Line = { readonly text: string; readonly offset: number; readonly whole: boolean };

function* linesOf(fd: number, size: number): Generator<Line> {
  const buffer = Buffer.allocUnsafe(1 << 20);
  let carried = Buffer.alloc(0);
  let offset = 0;
  for (let position = 0; position < size; ) {
    const read = readSync(fd, buffer, 0, Math.min(buffer.length, size - position), position);
    if (read === 0) break;
    position += read;
    let chunk = Buffer.concat([carried, buffer.subarray(0, read)]);
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10)) {
      yield { text: chunk.toString("latin1", 0, end), offset, whole: true };
      offset += end + 1;
      chunk = chunk.subarray(end + 1);
    }
    carried = Buffer.from(chunk);
  }
  if (carried.length > 0) yield { text: carried.toString("latin1"), offset, whole: false };
}

/** Where the good records end. A bad record followed by a good one is damage, not a torn write. */
function soundLength(fd: number, size: number, file: string): number {
  let bad: number | null = null;
  for (const line of linesOf(fd, size)) {
    const good = line.whole && decodeRecord(line.text) !== null;
    if (good && bad !== null) throw fault("CHAIN_JOURNAL_DAMAGED", { file, offset: bad });
    if (!good) bad ??= line.offset;
  }
  return bad ?? size;
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeAll(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Opens or creates the journal. Throws CHAIN_JOURNAL_DAMAGED when a record other than the last is unreadable. */
export function openJournal(file: string): Journal {
  const fresh = !existsSync(file);
  const fd = openSync(file, fresh ? "wx+" : "r+", 0o600);
  let length: number;
  let tornBytes: number;
  try {
    const size = fstatSync(fd).size;
    length = soundLength(fd, size, file);
    tornBytes = size - length;
    if (tornBytes > 0) {
      ftruncateSync(fd, length);
      fsyncSync(fd);
    }
    if (fresh) syncFolder(dirname(file));
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const kept = length;
  let broken: string | null = null;
  return {
    tornBytes,
    *records() {
      for (const line of linesOf(fd, kept)) {
        const record = decodeRecord(line.text);
        if (record === null) throw fault("CHAIN_JOURNAL_DAMAGED", { file, offset: line.offset });
        yield record;
      }
    },
    append(records) {
      if (broken !== null) throw fault("CHAIN_JOURNAL_WRITE", { reason: broken });
      const bytes = Buffer.from(records.map(encodeRecord).join(""), "latin1");
      try {
        writeAll(fd, bytes, length);
      } catch (error) {
        try {
          ftruncateSync(fd, length);
        } catch (second) {
          broken = reasonOf(second);
        }
        throw fault("CHAIN_JOURNAL_WRITE", { reason: reasonOf(error) }, error);
      }
      try {
        fsyncSync(fd);
      } catch (error) {
        // After a failed fsync the kernel may have dropped the pages: neither a retry nor the file's present content can be trusted.
        broken = reasonOf(error);
        throw fault("CHAIN_JOURNAL_WRITE", { reason: broken }, error);
      }
      length += bytes.length;
    },
    close: () => closeSync(fd),
  };
}
