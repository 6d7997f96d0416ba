import { randomBytes } from "node:crypto";
import type { Response } from "express";
import { multipartFrame } from "../../dicom/multipart.ts";
import { write } from "../server/stream-out.ts";

/** One part to send: its media type, its size in bytes, its address, and how to begin reading it when its turn comes. */
export type OutPart = {
  readonly mediaType: string;
  readonly location?: string;
  readonly length: number;
  readonly open: () => Promise<AsyncIterable<Uint8Array>>;
};

/**
 * Answers with multipart/related (RFC 2387, PS3.18 section 8.6.1): one header buffer per part, made beforehand, the bodies passed on
 * as they come. Sizes are known, so the answer has a Content-Length and a cut is seen by every client. `bodiless` answers HEAD.
 */
export async function sendMultipart(response: Response, rootType: string, parts: readonly OutPart[], bodiless: boolean): Promise<void> {
  const frame = multipartFrame(rootType, randomBytes(18).toString("hex"));
  const openings = parts.map(({ mediaType, length, location }) => frame.opening({ contentType: mediaType, length, ...(location === undefined ? {} : { location }) }));
  let total = frame.end.length;
  for (const [at, part] of parts.entries()) total += (openings[at]?.length ?? 0) + part.length + frame.closing.length;
  response.status(200).set({ "Content-Type": frame.contentType, "Content-Length": String(total) });
  if (bodiless) {
    response.end();
    return;
  }
  for (const [at, part] of parts.entries()) {
    // Opened before its header goes out: what cannot be opened at all is an error answer, not a cut one.
    const body = await part.open();
    await write(response, openings[at] ?? frame.closing);
    for await (const chunk of body) await write(response, chunk);
    await write(response, frame.closing);
  }
  response.end(frame.end);
}
