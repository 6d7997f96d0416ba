import { fault } from "../model/fault.ts";
import { isPassedOver, parseLength, parsePacketHead, tags } from "./packet-head.ts";

/**
 * Takes authenticated plaintext piece by piece and gives the content of the one literal packet in it (RFC 9580 section 5.9).
 * `push` returns the parts of `piece` that are content, without copying. `end` throws ENVELOPE_MALFORMED unless exactly one whole
 * literal packet was seen. Signed and compressed messages are ENVELOPE_UNSUPPORTED: Fiducial's objects are neither.
 */
export type LiteralReader = { push(piece: Buffer): Buffer[]; end(): void };

const malformed = (what: string): Error => fault("ENVELOPE_MALFORMED", { what });

export function literalReader(): LiteralReader {
  let state: "packet" | "literal-head" | "body" | "length" = "packet";
  let pending: Buffer = Buffer.alloc(0);
  let left = 0;
  let more = false;
  let toEnd = false;
  let passing = false;
  let seen = false;

  const afterPart = (): void => {
    if (left === 0) state = more ? "length" : "packet";
  };
  /** Reads one header field from `bytes`; returns how many bytes it took, or null when it needs more. */
  const header = (bytes: Buffer): number | null => {
    if (state === "length") {
      const read = parseLength(bytes, 0);
      if (read === null) return null;
      left = read.length;
      more = read.partial;
      state = "body";
      afterPart();
      return read.octets;
    }
    if (state === "packet") {
      const head = parsePacketHead(bytes, 0);
      if (head === null) return null;
      passing = isPassedOver(head.tag);
      if (!passing && head.tag !== tags.literal) throw fault("ENVELOPE_UNSUPPORTED", { what: `packet tag ${head.tag} inside the encryption` });
      if (!passing && seen) throw malformed("more than one literal packet");
      seen ||= !passing;
      toEnd = head.length === null;
      left = head.length ?? Number.POSITIVE_INFINITY;
      more = head.partial;
      state = passing ? "body" : "literal-head";
      if (passing) afterPart();
      return head.headBytes;
    }
    const nameBytes = bytes[1];
    if (nameBytes === undefined || bytes.length < 6 + nameBytes) return null;
    if (left < 6 + nameBytes) throw malformed("the literal packet is shorter than its own head");
    left -= 6 + nameBytes;
    state = "body";
    afterPart();
    return 6 + nameBytes;
  };

  return {
    push(piece) {
      const out: Buffer[] = [];
      let rest = piece;
      while (rest.length > 0) {
        if (state === "body") {
          const part = rest.subarray(0, Math.min(left, rest.length));
          if (!passing) out.push(part);
          left -= part.length;
          rest = rest.subarray(part.length);
          afterPart();
          continue;
        }
        const joined: Buffer = pending.length === 0 ? rest : Buffer.concat([pending, rest]);
        const took = header(joined);
        if (took === null) {
          pending = Buffer.from(joined);
          break;
        }
        pending = Buffer.alloc(0);
        rest = joined.subarray(took);
      }
      return out;
    },
    end() {
      const whole = pending.length === 0 && (state === "packet" || (state === "body" && toEnd));
      if (!seen || !whole) throw malformed("the literal packet is not complete");
    },
  };
}
