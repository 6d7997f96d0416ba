import { constants } from "node:fs";
import { type FileHandle, open, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";

const pattern = /^(\d{8})\.seg$/u;
/** Open files kept for reading. */
const mostOpen = 64;
const closings = 5;

/** The segment files of a folder: numbered, opened for reading when asked for, a bounded number kept open. */
export class SegmentFiles {
  readonly #dir: string;
  readonly #open = new Map<number, Promise<FileHandle>>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  pathOf(no: number): string {
    return join(this.#dir, `${String(no).padStart(8, "0")}.seg`);
  }

  /** Numbers of the segments there are, in order. */
  async numbers(): Promise<number[]> {
    const names = await readdir(this.#dir);
    return names.flatMap((name) => pattern.exec(name)?.[1] ?? []).map(Number).sort((one, two) => one - two);
  }

  /** Reads `length` bytes at an offset into memory of their own; fewer at the end of the file. Throws the system's errors. */
  async read(no: number, at: number, length: number): Promise<Buffer<ArrayBuffer>> {
    for (let again = closings; ; again--) {
      try {
        return await this.#readOnce(no, at, length);
      } catch (error) {
        // Closed to make room for another between being found and being read.
        if (again === 0 || (error as NodeJS.ErrnoException).code !== "EBADF") throw error;
      }
    }
  }

  async #readOnce(no: number, at: number, length: number): Promise<Buffer<ArrayBuffer>> {
    const bytes = Buffer.allocUnsafeSlow(length);
    const file = await this.#reader(no);
    let have = 0;
    while (have < length) {
      const { bytesRead } = await file.read(bytes, have, length - have, at + have);
      if (bytesRead === 0) break;
      have += bytesRead;
    }
    return bytes.subarray(0, have);
  }

  /** Opens a segment for writing, made when it is absent. */
  writer(no: number): Promise<FileHandle> {
    return open(this.pathOf(no), constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  async remove(no: number): Promise<void> {
    await this.#forget(no);
    await unlink(this.pathOf(no)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((no) => this.#forget(no)));
  }

  #reader(no: number): Promise<FileHandle> {
    const known = this.#open.get(no);
    if (known !== undefined) {
      this.#open.delete(no);
      this.#open.set(no, known);
      return known;
    }
    const file = open(this.pathOf(no), "r");
    this.#open.set(no, file);
    file.catch(() => this.#open.delete(no));
    const [oldest] = this.#open.keys();
    // Closed when it is collected at the latest; a read that still runs keeps the file.
    if (this.#open.size > mostOpen && oldest !== undefined) this.#forget(oldest).catch(() => undefined);
    return file;
  }

  async #forget(no: number): Promise<void> {
    const file = this.#open.get(no);
    this.#open.delete(no);
    await (await file?.catch(() => undefined))?.close();
  }
}
