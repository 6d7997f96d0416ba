import { randomBytes } from "node:crypto";
import type { Response } from "express";
import { write } from "./stream-out.ts";

/** One part to send: its media type, its bytes, and its size where it is known. */
export type OutPart = { readonly mediaType: string; readonly location?: string; readonly body: AsyncIterable<Uint8Array> };

/**
 * Answers with multipart/related (RFC 2387, PS3.18 section 8.6.1): one header buffer per part, the bodies passed on as they come.
 * The answer is complete only with its closing boundary: a fault on the way cuts the connection (see sendProblem).
 */
export async function sendMultipart(response: Response, rootType: string, parts: AsyncIterable<OutPart> | Iterable<OutPart>): Promise<void> {
  const boundary = randomBytes(18).toString("hex");
  response.status(200).set("Content-Type", `multipart/related; type="${rootType}"; boundary=${boundary}`);
  let lead = "";
  for await (const part of parts) {
    const location = part.location === undefined ? "" : `Content-Location: ${part.location}\r\n`;
    await write(response, Buffer.from(`${lead}--${boundary}\r\nContent-Type: ${part.mediaType}\r\n${location}\r\n`, "latin1"));
    for await (const chunk of part.body) await write(response, chunk);
    lead = "\r\n";
  }
  response.end(`${lead}--${boundary}--\r\n`, "latin1");
}
