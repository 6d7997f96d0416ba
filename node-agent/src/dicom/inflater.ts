import { Inflate } from "fflate";
import { fault } from "../model/fault.ts";

/** Input given to the inflater at once: bounds what one call may produce to about a thousand times as much. */
const slice = 16_384;

/** Inflates a deflated data set (PS3.5 section A.5: RFC 1951, no zlib header) piece by piece into `sink`. */
export class Inflater {
  readonly #inflate: Inflate;
  readonly #limit: number;
  #produced = 0;
  #ended = false;

  /** `limit`: bytes it may produce before DICOM_INFLATED_TOO_LARGE. `sink` gets each piece and may throw. */
  constructor(limit: number, sink: (bytes: Uint8Array) => void) {
    this.#limit = limit;
    this.#inflate = new Inflate((bytes, final) => {
      this.#ended ||= final;
      this.#produced += bytes.length;
      if (this.#produced > this.#limit) throw fault("DICOM_INFLATED_TOO_LARGE", { limit: this.#limit });
      if (bytes.length > 0) sink(bytes);
    });
  }

  /** Throws DICOM_DEFLATE when the stream is damaged, and whatever the sink throws. */
  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length && !this.#ended; from += slice) this.#feed(chunk.subarray(from, from + slice), false);
  }

  /** Throws DICOM_DEFLATE when the stream has not come to its end. */
  finish(): void {
    if (!this.#ended) this.#feed(new Uint8Array(0), true);
    if (!this.#ended) throw fault("DICOM_DEFLATE", {});
  }

  #feed(bytes: Uint8Array, final: boolean): void {
    try {
      this.#inflate.push(bytes, final);
    } catch (error) {
      // fflate marks its own errors with a number; anything else came from the sink.
      if (error instanceof Error && "code" in error && typeof error.code === "number") throw fault("DICOM_DEFLATE", {}, error);
      throw error;
    }
  }
}
