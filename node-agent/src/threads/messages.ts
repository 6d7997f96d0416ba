import type { ErrorCode } from "../model/catalogue.ts";
import { Fault } from "../model/fault.ts";
import type { InstanceFacts, UnreadInstance } from "../ports/object-work.ts";

/** What is asked of the thread. `no` is the question's number; a read instance is named by the number of the question that read it. */
export type Question =
  | { readonly no: number; readonly do: "read"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly no: number; readonly do: "seal"; readonly of: number; readonly sessionKey: Uint8Array; readonly prefix: Uint8Array }
  | { readonly no: number; readonly do: "drop"; readonly of: number }
  | { readonly no: number; readonly do: "check"; readonly sessionKey: Uint8Array; readonly bytes: Uint8Array<ArrayBuffer> };

export type SentBlock = { readonly cid: Uint8Array; readonly bytes: Uint8Array };
export type SealedBlocks = { readonly cid: Uint8Array; readonly objectSize: number; readonly blocks: readonly SentBlock[] };

/** What the thread answers. */
export type Result =
  | { readonly did: "read"; readonly facts: InstanceFacts }
  | { readonly did: "refused"; readonly error: SentError; readonly partial: UnreadInstance["partial"] }
  | ({ readonly did: "seal" } & SealedBlocks)
  | { readonly did: "drop" }
  | { readonly did: "check"; readonly facts: InstanceFacts };
export type Answer = { readonly no: number } & ({ readonly result: Result } | { readonly error: SentError });

/** An error as it crosses from thread to thread: faults by code and details, anything else in words. */
export type SentError = { readonly code: ErrorCode; readonly details: object } | { readonly message: string; readonly stack: string };

export const sent = (error: unknown): SentError =>
  error instanceof Fault ? { code: error.code, details: { ...error.details } } : { message: String(error), stack: error instanceof Error ? (error.stack ?? "") : "" };

/** The error again on this side. */
export function received(error: SentError): Error {
  if ("code" in error) return new Fault(error.code, error.details as never);
  return Object.assign(new Error(error.message), { stack: error.stack });
}
