import { type Fault, fault } from "../model/fault.ts";
import type { MemberId } from "../model/ids.ts";
import { type Answer, unreachable } from "./ask.ts";

const problemLimit = 16_384;

/** The whole body, at most `limit` bytes. Throws PEER_BAD_ANSWER when it is longer, PEER_UNREACHABLE when it is cut. */
export async function readAll(member: MemberId, answer: Answer, limit: number, signal?: AbortSignal): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of answer.body) {
      size += part.length;
      if (size > limit) throw fault("PEER_BAD_ANSWER", { member, what: `more than ${limit} bytes where fewer belong` });
      parts.push(part);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(member, error);
  }
  return Buffer.concat(parts, size);
}

/**
 * PEER_REFUSED from an answer that is not the one hoped for. Of the peer's problem document (RFC 9457) only its code is taken, and only
 * when it has the form of one: nothing else a peer writes is repeated to people or logs.
 */
export async function refusal(member: MemberId, answer: Answer, signal?: AbortSignal): Promise<Fault> {
  const text = await readAll(member, answer, problemLimit, signal).then(String, () => "");
  return fault("PEER_REFUSED", { member, status: answer.status, peerCode: codeIn(text) });
}

function codeIn(text: string): string | null {
  try {
    const { code } = JSON.parse(text) as { readonly code?: unknown };
    return typeof code === "string" && /^[A-Z][A-Z0-9_]{2,63}$/u.test(code) ? code : null;
  } catch {
    return null;
  }
}

/** Gives up the rest of an answer, connection included. Undici reports that as an error of the stream, which nobody is left to hear. */
export function discard(answer: Answer): void {
  answer.body.on("error", () => {});
  answer.body.destroy();
}
