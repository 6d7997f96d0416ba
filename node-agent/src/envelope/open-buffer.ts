import { fault } from "../model/fault.ts";
import { checkBodyHead } from "./body-head.ts";
import { chunkCipher } from "./chunk-cipher.ts";
import { bodyHeadBytes, suite } from "./layout.ts";
import { literalReader } from "./literal-reader.ts";
import { parseLength, parsePacketHead } from "./packet-head.ts";
import { bodyPlan } from "./sealed-body.ts";
import { splitHeader } from "./split-header.ts";

/** The SEIPD body in one piece: a view for a definite length, joined parts for partial ones. */
function bodyOf(sealed: Uint8Array, start: number): Uint8Array {
  const head = parsePacketHead(sealed, start);
  if (head === null) throw fault("ENVELOPE_TRUNCATED", { have: sealed.length, atLeast: start + 2 });
  if (head.length === null) throw fault("ENVELOPE_UNSUPPORTED", { what: "encrypted data of undeclared length" });
  const parts: Uint8Array[] = [];
  let at = start + head.headBytes;
  let part: { length: number; partial: boolean } = { length: head.length, partial: head.partial };
  for (;;) {
    const end = at + part.length;
    if (end > sealed.length) throw fault("ENVELOPE_TRUNCATED", { have: sealed.length, atLeast: end });
    parts.push(sealed.subarray(at, end));
    at = end;
    if (!part.partial) break;
    const next = parseLength(sealed, at);
    if (next === null) throw fault("ENVELOPE_TRUNCATED", { have: sealed.length, atLeast: at + 1 });
    at += next.octets;
    part = next;
  }
  if (at < sealed.length) throw fault("ENVELOPE_TRAILING", { bytes: sealed.length - at });
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}

/**
 * Opens a message that is in memory, whole or not at all: the content in pieces of at most a chunk, in order, ready for a vectored write.
 * Accepts and throws what `open` does.
 */
export function openPieces(input: { readonly sessionKey: Uint8Array; readonly sealed: Uint8Array }): Buffer[] {
  const body = bodyOf(input.sealed, splitHeader(input.sealed).start);
  const head = body.subarray(0, bodyHeadBytes);
  checkBodyHead(head);
  const cipher = chunkCipher(input.sessionKey, head);
  const { inner, chunks } = bodyPlan(body.length, cipher.chunkBytes);
  const literal = literalReader();
  const out: Buffer[] = [];
  let at = bodyHeadBytes;
  for (let index = 0; index < chunks; index++) {
    const end = at + Math.min(cipher.chunkBytes, inner - index * cipher.chunkBytes) + suite.tagBytes;
    out.push(...literal.push(cipher.open(index, body.subarray(at, end))));
    at = end;
  }
  cipher.openEnd(chunks, inner, body.subarray(at));
  literal.end();
  return out;
}

/** As `openPieces`, joined. */
export const openBuffer = (input: { readonly sessionKey: Uint8Array; readonly sealed: Uint8Array }): Buffer => Buffer.concat(openPieces(input));
