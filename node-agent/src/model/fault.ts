import { catalogue, type DetailsOf, type ErrorCode } from "./catalogue.ts";
import type { ErrorEntry } from "./errors/entry.ts";

/** The one error type of the product: a catalogue code with the details that belong to it, and the cause it wraps. */
export class Fault<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "Fault";
  readonly code: Code;
  readonly details: DetailsOf<Code>;

  constructor(code: Code, details: DetailsOf<Code>, cause?: unknown) {
    const row = catalogue[code] as ErrorEntry<DetailsOf<Code> & object>;
    super(row.message(details), cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  /** HTTP status of this code (RFC 9110). */
  get status(): number {
    return catalogue[this.code].status;
  }

  get title(): string {
    return catalogue[this.code].title;
  }

  /** What the reader of the error should do next. */
  get hint(): string {
    return catalogue[this.code].hint;
  }
}

/** Makes a Fault; `details` has exactly the fields its code asks for. */
export function fault<Code extends ErrorCode>(code: Code, details: DetailsOf<Code>, cause?: unknown): Fault<Code> {
  return new Fault(code, details, cause);
}

/** True when `error` is a Fault with this code; walks no causes. */
export function isFault<Code extends ErrorCode>(error: unknown, code: Code): error is Fault<Code> {
  return error instanceof Fault && error.code === code;
}
