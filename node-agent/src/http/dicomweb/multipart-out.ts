import { randomBytes } from "node:crypto";
import type { Response } from "express";
import { multipartFrame } from "../../dicom/multipart.ts";
import type { Retrieved } from "../../flows/retrieve-instance.ts";
import { imagesAhead, write } from "../server/stream-out.ts";

/** One part to send: its media type, its size in bytes, its address, and how to begin reading it when its turn comes. */
export type OutPart = {
  readonly mediaType: string;
  readonly location?: string;
  readonly length: number;
  readonly open: () => Promise<Pick<Retrieved, "stream" | "own">>;
};

/** A part whose first bytes are already there. */
type Begun = { readonly first: IteratorResult<Uint8Array>; readonly rest: AsyncIterator<Uint8Array>; readonly own: boolean };

async function begin(part: OutPart): Promise<Begun> {
  const { stream, own } = await part.open();
  const rest = stream[Symbol.asyncIterator]();
  return { first: await rest.next(), rest, own };
}

/** Begins a part ahead of its turn; a failure is kept for that turn, and a part that never gets its turn is closed. */
function ahead(part: OutPart | undefined): { readonly turn: () => Promise<Begun | null>; readonly drop: () => void } {
  const begun = part === undefined ? Promise.resolve(null) : begin(part);
  const settled = begun.then((value) => ({ value }), (error: unknown) => ({ error }));
  return {
    turn: () => begun,
    drop: () => void settled.then(async (one) => ("value" in one ? await one.value?.rest.return?.() : undefined)).catch(() => {}),
  };
}

/**
 * Answers with multipart/related (RFC 2387, PS3.18 section 8.6.1): one header buffer per part, the bodies passed on
 * as they come, the next one being opened while the present one is on its way. Sizes are known, so the answer has a Content-Length and
 * a cut is seen by every client. What fails before the first byte is thrown and becomes an error answer. `bodiless` answers HEAD.
 */
export async function sendMultipart(response: Response, rootType: string, parts: readonly OutPart[], bodiless: boolean): Promise<void> {
  const frame = multipartFrame(rootType, randomBytes(18).toString("hex"));
  // Made twice, for the length and for sending: kept for twenty thousand parts they are most of an answer's memory.
  const openingOf = ({ mediaType, length, location }: OutPart): Buffer => frame.opening({ contentType: mediaType, length, ...(location === undefined ? {} : { location }) });
  let total = frame.end.length;
  for (const part of parts) total += openingOf(part).length + part.length + frame.closing.length;
  response.status(200).set({ "Content-Type": frame.contentType, "Content-Length": String(total) });
  if (bodiless) {
    response.end();
    return;
  }
  const put = (bytes: Uint8Array, own = false): Promise<void> => write(response, bytes, own, imagesAhead);
  let next = ahead(parts[0]);
  try {
    for (const [at, part] of parts.entries()) {
      const begun = await next.turn();
      next = ahead(parts[at + 1]);
      if (begun === null) break;
      await put(openingOf(part));
      for (let { first: step } = begun; step.done !== true; step = await begun.rest.next()) await put(step.value, begun.own);
      await put(frame.closing);
    }
  } finally {
    next.drop();
  }
  response.end(frame.end);
}
