import type { FileHandle } from "node:fs/promises";
import { fault } from "../../model/fault.ts";
import type { Block } from "../../ports/blocks.ts";
import { fsyncDirectory } from "../directory-sync.ts";
import type { SegmentFiles } from "./files.ts";
import type { Placed } from "./place-index.ts";
import { headBytes, recordHead } from "./record.ts";

/** A segment is closed when it is past this: small enough to be gathered up again quickly, large enough that files stay few. */
const segmentBytes = 64 << 20;

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");
export const isFull = (error: unknown): boolean => codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT";

/** Writes records to the end of the newest segment. One caller at a time. */
export class Appender {
  readonly #files: SegmentFiles;
  readonly #dir: string;
  #file: FileHandle | null = null;
  #no: number;
  #size: number;

  /** Goes on in segment `no`, whose first `size` bytes are whole records. */
  constructor(files: SegmentFiles, dir: string, at: { readonly no: number; readonly size: number }) {
    this.#files = files;
    this.#dir = dir;
    this.#no = at.no;
    this.#size = at.size;
  }

  /** The segment that is being written, and its size. */
  get current(): { readonly no: number; readonly size: number } {
    return { no: this.#no, size: this.#size };
  }

  /** Appends blocks and resolves with their places when all of them would survive a power cut; otherwise nothing of them stays. Throws BLOCKS_DISK_FULL and the system's errors. */
  async append(blocks: readonly Block[]): Promise<readonly Placed[]> {
    if (this.#size >= segmentBytes) await this.roll();
    const file = await this.#writable();
    const from = this.#size;
    const parts: Uint8Array[] = [];
    const placed: Placed[] = [];
    let at = from;
    for (const { cid, bytes } of blocks) {
      parts.push(recordHead(cid.bytes, bytes.length));
      // The system refuses an empty piece in a vectored write.
      if (bytes.length > 0) parts.push(bytes);
      placed.push({ cid: cid.bytes, segment: this.#no, at: at + headBytes, length: bytes.length });
      at += headBytes + bytes.length;
    }
    try {
      await writeAll(file, parts, from);
      await file.datasync();
    } catch (error) {
      // What was written of it is no record: the next append begins where this one did.
      await file.truncate(from).catch(() => undefined);
      throw isFull(error) ? fault("BLOCKS_DISK_FULL", { needed: at - from }, error) : error;
    }
    this.#size = at;
    return placed;
  }

  /** Ends the present segment; the next append begins another. */
  async roll(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
    this.#no++;
    this.#size = 0;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  async #writable(): Promise<FileHandle> {
    if (this.#file !== null) return this.#file;
    const file = await this.#files.writer(this.#no);
    try {
      // What lies behind the last whole record is the rest of a write that was cut: never acknowledged.
      await file.truncate(this.#size);
      await fsyncDirectory(this.#dir);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#file = file;
    return file;
  }
}

/** Buffers in one vectored write that the system takes. */
const mostParts = 512;

async function writeAll(file: FileHandle, parts: readonly Uint8Array[], from: number): Promise<void> {
  let at = from;
  for (let first = 0; first < parts.length; first += mostParts) {
    let rest = parts.slice(first, first + mostParts);
    while (rest.length > 0) {
      const { bytesWritten } = await file.writev(rest, at);
      at += bytesWritten;
      rest = after(rest, bytesWritten);
    }
  }
}

/** What is left of pieces after so many bytes were written. */
function after(parts: readonly Uint8Array[], written: number): Uint8Array[] {
  let left = written;
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    if (left >= part.length) left -= part.length;
    else {
      rest.push(part.subarray(left));
      left = 0;
    }
  }
  return rest;
}
