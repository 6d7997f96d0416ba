import { fault } from "../model/fault.ts";
import { isPassedOver, parsePacketHead, tags } from "./packet-head.ts";

/** Key packets in front of a message are a few hundred bytes; more than this is not one of ours and not worth buffering. */
export const largestHeader = 65_536;

/**
 * Splits the beginning of a message: each PKESK packet whole (its header included) and the offset at which the SEIPD packet begins.
 * `bytes` must reach into the SEIPD packet's header; ENVELOPE_TRUNCATED when it does not, ENVELOPE_MALFORMED when something else stands there.
 */
export function splitHeader(bytes: Uint8Array): { readonly pkesks: Uint8Array[]; readonly start: number } {
  const pkesks: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    const head = parsePacketHead(bytes, at);
    if (head === null) throw fault("ENVELOPE_TRUNCATED", { have: bytes.length, atLeast: at + 2 });
    if (head.tag === tags.seipd) return { pkesks, start: at };
    if (head.length === null || (head.tag !== tags.pkesk && !isPassedOver(head.tag)))
      throw fault("ENVELOPE_MALFORMED", { what: `packet tag ${head.tag} in front of the encrypted data` });
    const end = at + head.headBytes + head.length;
    if (end > largestHeader) throw fault("ENVELOPE_MALFORMED", { what: "the key packets are too long" });
    if (end > bytes.length) throw fault("ENVELOPE_TRUNCATED", { have: bytes.length, atLeast: end });
    if (head.tag === tags.pkesk) pkesks.push(bytes.subarray(at, end));
    at = end;
  }
}
