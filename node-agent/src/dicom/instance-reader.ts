import { fault } from "../model/fault.ts";
import { type DatasetDigest, datasetDigest } from "./digest.ts";
import type { Dataset } from "./element.ts";
import { type Identifiers, partialIdentifiers, readIdentifiers } from "./identifiers.ts";
import { Inflater } from "./inflater.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { type Meta, readMeta } from "./meta.ts";
import { Scanner } from "./scanner.ts";

/** One DICOM instance as read from its Part 10 bytes. Holds no pixel data. */
export type Part10 = {
  /** TransferSyntaxUID (0002,0010). */
  readonly transferSyntax: string;
  /** File offset of the first byte after group 0002. */
  readonly datasetOffset: number;
  /** Bytes of the whole file. */
  readonly size: number;
  /** Dataset digest by `datasetDigestAlgorithm`. */
  readonly digest: `0x${string}`;
  readonly identifiers: Identifiers;
  readonly dataset: Dataset;
  /** The bytes `Element.at` points into: the data set without pixel data and other large values. */
  readonly header: Buffer;
  /** True when the data set is deflated: then element ranges are offsets after inflation, counted from `datasetOffset`. */
  readonly deflated: boolean;
};

/** Group 0002 takes a few hundred bytes; while it is incomplete every piece costs a copy of what came before. */
const metaBytes = 256 * 1024;

/**
 * Reads one instance while its bytes pass by: parses, digests and checks it in a single pass, keeping only what is not bulk data.
 * Every byte goes through `push` in order, then `finish` gives the verdict. After a throw, only `partial` may still be called.
 * A file cut exactly between two top-level elements is itself a data set: only the transport's framing can tell, so callers must not finish an interrupted part.
 */
export class InstanceReader {
  readonly #limits: Limits;
  #lead: Buffer = Buffer.alloc(0);
  #meta: Meta | null = null;
  #scanner: Scanner | null = null;
  #inflater: Inflater | null = null;
  #digest: DatasetDigest | null = null;
  #size = 0;

  constructor(limits: Limits = defaultLimits) {
    this.#limits = limits;
  }

  /** Takes the next bytes of the file. Throws the DICOM_ faults that make it unreadable as soon as they are certain. */
  push(chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#meta !== null) this.#data(chunk);
    else {
      this.#lead = this.#lead.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([this.#lead, chunk]);
      this.#begin(false);
      if (this.#meta === null && this.#lead.length > metaBytes) throw fault("DICOM_HEADER_TOO_LARGE", { limit: metaBytes });
    }
  }

  /** The instance, whole and checked. Throws DICOM_TRUNCATED, DICOM_MISSING_UID, DICOM_INVALID_UID and what `push` throws. */
  finish(): Part10 {
    if (this.#meta === null) this.#begin(true);
    this.#inflater?.finish();
    const meta = this.#meta as Meta | null;
    if (meta === null || this.#scanner === null || this.#digest === null)
      throw fault("DICOM_TRUNCATED", { bytes: this.#size, missing: null });
    this.#scanner.finish();
    const dataset = this.#scanner.dataset;
    // The growing buffer is up to twice as large as needed; what is handed out is exact.
    const header = Buffer.from(this.#scanner.header);
    const identifiers = readIdentifiers(dataset, header);
    const { transferSyntax, datasetOffset, encoding } = meta;
    return {
      transferSyntax,
      datasetOffset,
      size: this.#size,
      digest: this.#digest.finish(),
      identifiers,
      dataset,
      header,
      deflated: encoding.deflated,
    };
  }

  /** The identifiers read so far, for reports about a refused instance. Never throws. */
  partial(): Partial<Identifiers> {
    return this.#scanner === null ? {} : partialIdentifiers(this.#scanner.dataset, this.#scanner.header);
  }

  /** The elements read so far and the bytes they point into, before the verdict: unchecked, for deciding early. Null before the data set begins. */
  soFar(): Pick<Part10, "dataset" | "header"> | null {
    return this.#scanner === null ? null : { dataset: this.#scanner.dataset, header: this.#scanner.header };
  }

  #begin(whole: boolean): void {
    const lead = this.#lead;
    const meta = readMeta(lead, whole);
    if (meta === null) {
      // The caller may reuse its chunk: what is kept for later must be our own copy.
      if (lead.length > 0) this.#lead = Buffer.from(lead);
      return;
    }
    this.#meta = meta;
    this.#lead = Buffer.alloc(0);
    const scanner = new Scanner(meta.encoding, meta.encoding.deflated ? 0 : meta.datasetOffset, this.#limits);
    this.#scanner = scanner;
    if (meta.encoding.deflated) this.#inflater = new Inflater(this.#limits.inflatedBytes, (bytes) => scanner.push(bytes));
    this.#digest = datasetDigest(meta.transferSyntax);
    this.#data(lead.subarray(meta.datasetOffset));
  }

  #data(chunk: Uint8Array): void {
    this.#digest?.update(chunk);
    if (this.#inflater === null) this.#scanner?.push(chunk);
    else this.#inflater.push(chunk);
  }
}
