import type { Readable } from "node:stream";
import { Fault, fault } from "../../model/fault.ts";

/** One part of a multipart body. `body` must be read (or left by breaking out) before the next part comes. */
export type Part = {
  /** Header names in lower case, first value of each. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AsyncIterable<Buffer>;
};

/** Few headers belong on a STOW part; those of a part with more are left out. */
const mostHeaders = 32;
const mostHeaderBytes = 8 * 1024;
/** White space behind a boundary that is still taken for one; the standard names no bound. */
const mostPadding = 256;

/** The connection's own words for "gone" as one of ours, so that a cut upload is told apart from a failing disk. */
export const cutBy = (error: unknown): Fault => (error instanceof Fault ? error : fault("STOW_CUT", {}, error));

const nothing = Buffer.alloc(0);
const lineEnd = "\r\n";
const headersEnd = "\r\n\r\n";
/** Octets of a delimiter in front of the boundary's name. */
const front = 4;
const [tab, carriageReturn, lineFeed, space, dash] = [0x09, 0x0d, 0x0a, 0x20, 0x2d];

/** Reads header lines up to the first that is none. Folded lines belong to the one before. */
function headersOf(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  let [count, last] = [0, ""];
  for (const line of text.split(lineEnd)) {
    const colon = line.indexOf(":");
    const folded = /^[ \t]/u.test(line) && count > 0;
    if (line === "") continue;
    if (/[\r\n]/u.test(line) || (!folded && (colon <= 0 || count === mostHeaders))) break;
    if (folded) {
      if (last !== "") headers.set(last, `${headers.get(last)}${line}`.trim());
      continue;
    }
    const name = line.slice(0, colon).toLowerCase();
    last = headers.has(name) ? "" : name;
    if (last !== "") headers.set(name, line.slice(colon + 1).trim());
    count++;
  }
  return headers;
}

/**
 * What follows a boundary's name: the closing `--`, the end of its line after so many octets of padding, too little to tell, or anything else: then it is no delimiter, but
 * part of an image or of a longer name.
 */
function afterDelimiter(rest: Buffer): "closing" | "none" | "more" | number {
  if (rest[0] === dash) return rest.length === 1 ? "more" : rest[1] === dash ? "closing" : "none";
  let padding = 0;
  while (padding < rest.length && padding <= mostPadding && (rest[padding] === space || rest[padding] === tab)) padding++;
  if (padding === rest.length) return "more";
  if (rest[padding] !== carriageReturn || padding > mostPadding) return "none";
  if (padding + 1 === rest.length) return "more";
  return rest[padding + 1] === lineFeed ? padding : "none";
}

type Found = { readonly at: number; readonly closing: boolean; readonly next: number };

/** The bytes of a multipart body as they come, taken apart at its delimiters: what is given out are views of them, and only a delimiter across two pieces is copied. */
class Splitter {
  readonly #source: AsyncIterator<Buffer>;
  readonly #delimiter: Buffer;
  readonly #name: Buffer;
  /** The first delimiter needs no line end in front. */
  #have: Buffer = Buffer.from(lineEnd);
  #closed = false;

  constructor(source: Readable, boundary: string) {
    this.#source = source.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
    this.#name = Buffer.from(boundary, "latin1");
    this.#delimiter = Buffer.concat([Buffer.from(`${lineEnd}--`), this.#name]);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The next bytes before a delimiter, and null once: after the delimiter, which is taken. Throws STOW_MALFORMED, STOW_CUT. */
  async piece(): Promise<Buffer | null> {
    for (;;) {
      if (this.#have.length === 0) await this.#more();
      const found = this.#find(this.#have);
      if (found === "none") return this.#take(this.#have.length);
      if ("upTo" in found) {
        if (found.upTo > 0) return this.#take(found.upTo);
        await this.#more();
      } else if (found.at > 0) return this.#take(found.at);
      else {
        this.#take(found.next);
        this.#closed = found.closing;
        return null;
      }
    }
  }

  /** The headers of the part whose delimiter was taken. */
  async headers(): Promise<ReadonlyMap<string, string>> {
    for (;;) {
      const end = this.#have.indexOf(headersEnd);
      // A part may end before its headers do: then it has no body.
      const found = this.#find(end < 0 ? this.#have : this.#have.subarray(0, end + lineEnd.length));
      const cut = found !== "none" && "at" in found;
      const length = cut ? found.at : end;
      if ((length < 0 ? this.#have.length : length) > mostHeaderBytes) throw fault("STOW_MALFORMED", { what: `the headers of a part are longer than ${mostHeaderBytes} bytes` });
      if (length >= 0) {
        const text = this.#take(length).toString("latin1");
        // Of the empty line its end is left, which may belong to the delimiter of a part without a body.
        if (!cut) this.#take(lineEnd.length);
        return headersOf(text);
      }
      await this.#more();
    }
  }

  /** Steps over the line end between headers and body; not where it is the delimiter's. */
  async begin(): Promise<void> {
    for (;;) {
      const found = this.#find(this.#have);
      if (found !== "none" && "at" in found && found.at === 0) return;
      if (found === "none" || !("upTo" in found && found.upTo === 0)) break;
      await this.#more();
    }
    this.#take(lineEnd.length);
  }

  /** What comes behind the closing delimiter says nothing. */
  async epilogue(): Promise<void> {
    this.#have = nothing;
    while (!(await this.#pull()).done);
  }

  /** A delimiter; up to where there is certainly none; or none at all. */
  #find(bytes: Buffer): Found | { readonly upTo: number } | "none" {
    const delimiter = this.#delimiter;
    // Looked for by its name: line ends and dashes are frequent in images, so that a search for them costs five times as much.
    for (let named = bytes.indexOf(this.#name, front); named >= 0; named = bytes.indexOf(this.#name, named + 1)) {
      const at = named - front;
      if (at < 0 || bytes.compare(delimiter, 0, front, at, named) !== 0) continue;
      const after = afterDelimiter(bytes.subarray(at + delimiter.length));
      if (after === "more") return { upTo: at };
      if (after !== "none") return { at, closing: after === "closing", next: at + delimiter.length + (after === "closing" ? 2 : after) };
    }
    const tail = Math.max(0, bytes.length - delimiter.length + 1);
    for (let at = bytes.indexOf(carriageReturn, tail); at >= 0; at = bytes.indexOf(carriageReturn, at + 1)) {
      if (bytes.compare(delimiter, 0, bytes.length - at, at) === 0) return { upTo: at };
    }
    return "none";
  }

  #take(length: number): Buffer {
    const bytes = this.#have;
    this.#have = length === bytes.length ? nothing : bytes.subarray(length);
    return length === bytes.length ? bytes : bytes.subarray(0, length);
  }

  async #more(): Promise<void> {
    const step = await this.#pull();
    if (step.done === true) throw fault("STOW_MALFORMED", { what: "the closing boundary is missing, or the boundary never occurs" });
    this.#have = this.#have.length === 0 ? step.value : Buffer.concat([this.#have, step.value]);
  }

  async #pull(): Promise<IteratorResult<Buffer>> {
    try {
      return await this.#source.next();
    } catch (error) {
      throw cutBy(error);
    }
  }
}

async function* bodyOf(splitter: Splitter, state: { ended: boolean }): AsyncGenerator<Buffer> {
  while (!state.ended) {
    const piece = await splitter.piece();
    if (piece === null) state.ended = true;
    else yield piece;
  }
}

/**
 * Reads a multipart body (RFC 2046 section 5.1) part by part with back-pressure to the socket: nothing is held beyond the
 * piece that came last. Ends only when the closing boundary was read. Throws STOW_MALFORMED when the body is empty, the boundary never
 * comes, the closing boundary is missing or a part's headers do not end, and STOW_CUT when the connection ends first; the part being read fails with the same fault.
 */
export async function* readParts(source: Readable, boundary: string): AsyncGenerator<Part> {
  // A connection that breaks while nobody reads is met by the next read.
  source.on("error", () => {});
  const splitter = new Splitter(source, boundary);
  let count = 0;
  while ((await splitter.piece()) !== null);
  for (; !splitter.closed; count++) {
    const headers = await splitter.headers();
    await splitter.begin();
    const state = { ended: false };
    yield { headers, body: bodyOf(splitter, state) };
    // Whatever the reader left (a refused instance) is skipped.
    for await (const _skipped of bodyOf(splitter, state));
  }
  await splitter.epilogue();
  if (count === 0) throw fault("STOW_MALFORMED", { what: "it has no parts" });
}
