import { fault } from "../model/fault.ts";
import type { Dataset, Element, Fragment } from "./element.ts";
import { type ElementHeader, implicitVr, looksExplicit, readExplicitHeader, readItemHeader } from "./element-header.ts";
import { Held } from "./held.ts";
import type { Limits } from "./limits.ts";
import type { Encoding } from "./transfer-syntax.ts";

const undefinedLength = 0xffff_ffff;
const item = "FFFEE000";
const itemEnd = "FFFEE00D";
const sequenceEnd = "FFFEE0DD";
/** Larger top-level values stay out of memory; they are found again by their place in the file. */
const largeValue = 256 * 1024;
const pixelTags: ReadonlySet<string> = new Set(["7FE00008", "7FE00009", "7FE00010"]);
/** Extended offset tables locate frames, so they are kept whatever their size. */
const offsetTables: ReadonlySet<string> = new Set(["7FE00001", "7FE00002"]);

/** Elements that say what and whose an instance is: with two of them, two readers could see two different instances. Any other repeated element is ignored. */
const decisive: ReadonlySet<string> = new Set([
  ...["00080005", "00080016", "00080018", "00080050", "00100010", "00100020", "0020000D", "0020000E", "00280008"],
  ...["7FE00001", "7FE00002", "7FE00008", "7FE00009", "7FE00010"],
]);

type SetFrame = {
  readonly kind: "set";
  readonly elements: Map<string, Element>;
  readonly end: number;
  explicit: boolean;
  readonly big: boolean;
};
type SequenceFrame = {
  readonly kind: "sequence";
  readonly items: Dataset[];
  readonly end: number;
  readonly explicit: boolean;
  readonly big: boolean;
};
type FragmentsFrame = {
  readonly kind: "fragments";
  readonly fragments: Fragment[];
  readonly end: number;
  readonly top: boolean;
  readonly big: boolean;
};
type Frame = SetFrame | SequenceFrame | FragmentsFrame;

/**
 * Reads a data set (PS3.5 section 7) from bytes that arrive in pieces, without recursion and within limits. It demands that every element ends inside its
 * parent and every delimiter is there, so what ends early is noticed at `finish` wherever it was cut.
 */
export class Scanner {
  readonly #limits: Limits;
  readonly #held: Held;
  readonly #root: SetFrame;
  readonly #stack: [SetFrame, ...Frame[]];
  readonly #origin: number;
  #position: number;
  #count = 0;
  #depth = 0;

  /** `origin`: file offset of the first byte that will be pushed. */
  constructor(encoding: Encoding, origin: number, limits: Limits) {
    this.#limits = limits;
    this.#held = new Held(origin, limits.headerBytes);
    this.#origin = origin;
    this.#position = origin;
    this.#root = { kind: "set", elements: new Map(), end: Number.POSITIVE_INFINITY, explicit: encoding.explicit, big: encoding.bigEndian };
    this.#stack = [this.#root];
  }

  /** What has been read so far; complete only after `finish`. */
  get dataset(): Dataset {
    return { elements: this.#root.elements, bigEndian: this.#root.big };
  }

  /** The kept bytes, into which `Element.at` points. */
  get header(): Buffer {
    return this.#held.bytes;
  }

  /** Takes the next bytes. Throws DICOM_MALFORMED, DICOM_TOO_DEEP, DICOM_TOO_MANY_ELEMENTS or DICOM_HEADER_TOO_LARGE. */
  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      from += this.#held.take(chunk, from, Math.max(4096, this.#position + 16 - this.#held.received));
      this.#walk();
    }
  }

  /** Ends the stream. Throws DICOM_TRUNCATED unless it ended between two top-level elements. */
  finish(): void {
    const bytes = this.#held.received;
    if (this.#position > bytes) throw fault("DICOM_TRUNCATED", { bytes, missing: this.#position - bytes });
    const rest = this.#held.bytes.subarray(this.#held.index(this.#position));
    // Some archives pad files with a few NUL bytes; anything else left over is the start of an element.
    if (this.#stack.length > 1 || rest.some((byte) => byte !== 0)) throw fault("DICOM_TRUNCATED", { bytes, missing: null });
  }

  #walk(): void {
    for (;;) {
      const frame = this.#stack.at(-1) ?? this.#root;
      if (this.#position === frame.end) this.#pop();
      else if (!this.#step(frame)) return;
    }
  }

  #step(frame: Frame): boolean {
    if (frame.kind === "set") return this.#element(frame);
    const at = this.#held.index(this.#position);
    if (this.#held.bytes.length < at + 8) return false;
    const header = readItemHeader(this.#held.bytes, at, frame.big);
    if (header.tag === sequenceEnd && frame.end === Number.POSITIVE_INFINITY) {
      this.#position += 8;
      this.#pop();
      return true;
    }
    if (header.tag !== item) throw this.#malformed("an item was expected inside the sequence");
    return frame.kind === "sequence" ? this.#item(frame, header.length) : this.#fragment(frame, header.length);
  }

  #item(frame: SequenceFrame, length: number): boolean {
    const start = this.#position + 8;
    const end = length === undefinedLength ? Number.POSITIVE_INFINITY : start + length;
    this.#within(frame, end);
    const elements = new Map<string, Element>();
    frame.items.push({ elements, bigEndian: frame.big });
    this.#position = start;
    this.#enter({ kind: "set", elements, end, explicit: frame.explicit, big: frame.big });
    return true;
  }

  #fragment(frame: FragmentsFrame, length: number): boolean {
    if (length === undefinedLength) throw this.#malformed("a fragment of pixel data has no length");
    const at = this.#held.index(this.#position) + 8;
    const isTable = frame.fragments.length === 0;
    // The first two bytes tell whether a code stream begins here; wait for them.
    if (!isTable && this.#held.bytes.length < at + Math.min(2, length)) return false;
    const lead = length < 2 ? 0 : this.#held.bytes.length < at + 2 ? 0 : this.#held.bytes.readUInt16BE(at);
    frame.fragments.push({ offset: this.#position + 8, length, begins: lead === 0xffd8 || lead === 0xff4f || lead === 0xff0a });
    this.#spend();
    if (isTable || !frame.top) this.#position += 8 + length;
    else {
      this.#held.cut(this.#position, 8 + length);
      this.#position += 8 + length;
    }
    return true;
  }

  #element(frame: SetFrame): boolean {
    const header = this.#header(frame);
    if (header === null) return false;
    const { tag, vr, length } = header;
    const top = frame === this.#root;
    if (tag.startsWith("FFFE")) {
      if (tag !== itemEnd || top || frame.end !== Number.POSITIVE_INFINITY)
        throw this.#malformed("a delimiter stands where an element was expected");
      this.#position += 8;
      this.#pop();
      return true;
    }
    if (top && decisive.has(tag) && frame.elements.has(tag)) throw this.#malformed(`element ${tag} occurs twice`);
    if (top && tag < "00030000") throw this.#malformed(`element ${tag} does not belong in a data set`);
    const start = this.#position + header.bytes;
    const open = length === undefinedLength;
    this.#within(frame, open ? start : start + length);
    this.#spend();
    this.#position = start;
    const value = { offset: start, length: open ? 0 : length };
    if (open && this.#isEncapsulated(tag, vr)) {
      const fragments: Fragment[] = [];
      this.#keep(frame, { tag, vr, value, at: null, table: this.#held.index(start) + 8, fragments });
      this.#enter({ kind: "fragments", fragments, end: Number.POSITIVE_INFINITY, top, big: frame.big });
    } else if (vr === "SQ" || open) {
      // CP-246: a sequence of unknown VR and undefined length is implicit VR little endian inside, whatever surrounds it.
      const unknown = vr === "UN";
      if (frame.explicit && !unknown && vr !== "SQ") throw this.#malformed(`element ${tag} of VR ${vr} has no length`);
      const items: Dataset[] = [];
      this.#keep(frame, { tag, vr: "SQ", value, at: this.#held.index(start), items });
      const end = open ? Number.POSITIVE_INFINITY : start + length;
      this.#enter({ kind: "sequence", items, end, explicit: frame.explicit && !unknown, big: frame.big && !unknown });
    } else {
      const cut = top && (pixelTags.has(tag) || (length > largeValue && !offsetTables.has(tag)));
      this.#keep(frame, { tag, vr, value, at: cut ? null : this.#held.index(start) });
      if (cut) this.#held.cut(start, length);
      this.#position = start + length;
    }
    return true;
  }

  /** The first of two equal tags counts. */
  #keep(frame: SetFrame, element: Element): void {
    if (!frame.elements.has(element.tag)) frame.elements.set(element.tag, element);
  }

  #isEncapsulated(tag: string, vr: string): boolean {
    return tag === "7FE00010" || vr === "OB" || vr === "OW";
  }

  #header(frame: SetFrame): ElementHeader | null {
    const at = this.#held.index(this.#position);
    const bytes = this.#held.bytes;
    if (bytes.length < at + 8) return null;
    const { tag, length } = readItemHeader(bytes, at, frame.big);
    if (frame === this.#root && frame.elements.size === 0 && !frame.big) frame.explicit = looksExplicit(bytes, at) ?? frame.explicit;
    if (tag.startsWith("FFFE")) return { tag, vr: "", bytes: 8, length };
    if (!frame.explicit) return { tag, vr: implicitVr(tag, (creator) => this.#textOf(frame, creator)), bytes: 8, length };
    const header = readExplicitHeader(bytes, at, tag, frame.big);
    if (header === "no VR") throw this.#malformed(`element ${tag} has no VR under an explicit VR transfer syntax`);
    return header === "more" ? null : header;
  }

  /** Elements come in tag order, so a private creator's value has arrived before the first element of its block. */
  #textOf(frame: SetFrame, tag: string): string | null {
    const element = frame.elements.get(tag);
    if (element === undefined || element.at === null) return null;
    return this.#held.bytes.toString("latin1", element.at, element.at + Math.min(64, element.value.length)).trim();
  }

  #within(frame: Frame, end: number): void {
    if (end !== Number.POSITIVE_INFINITY && end > frame.end) throw this.#malformed("an element runs past the end of its item or sequence");
  }

  #spend(): void {
    if (++this.#count > this.#limits.elements) throw fault("DICOM_TOO_MANY_ELEMENTS", { limit: this.#limits.elements });
  }

  #enter(frame: Frame): void {
    if (frame.kind === "sequence" && ++this.#depth > this.#limits.depth) throw fault("DICOM_TOO_DEEP", { limit: this.#limits.depth });
    this.#spend();
    this.#stack.push(frame);
  }

  #pop(): void {
    if (this.#stack.pop()?.kind === "sequence") this.#depth--;
  }

  #malformed(reason: string): Error {
    return fault("DICOM_MALFORMED", { offset: this.#position - this.#origin, reason });
  }
}
