import type { Response } from "express";
import { fault } from "../../model/fault.ts";
import { giveBack } from "../../model/give-back.ts";

/** Bytes of images that an answer may have waiting for its reader. With less than a few slices the line runs dry while the next one is read and opened. */
export const imagesAhead = 2 << 20;

/** Resolves when the answer takes more, or its other end has closed. */
async function room(response: Response): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events = ["drain", "close"] as const;
  for (const event of events) response.once(event, resolve);
  await promise;
  for (const event of events) response.off(event, resolve);
}

/**
 * Writes with back-pressure: resolves once no more than `ahead` bytes, or what the socket takes at once, wait for the reader. With `own` the memory of `bytes` is given back when the system has taken them. Throws HTTP_CLIENT_GONE when the other end has closed,
 * so that the source stops being read.
 */
export async function write(response: Response, bytes: Uint8Array, own = false, ahead = 0): Promise<void> {
  if (response.destroyed || response.closed) throw fault("HTTP_CLIENT_GONE", {});
  // After a failed write it is left to be collected: nobody says whether the system still looks at it.
  const taken = own ? (error: Error | null | undefined) => (error == null ? giveBack(bytes) : undefined) : undefined;
  if (response.write(bytes, taken) || response.writableLength < ahead) return;
  await room(response);
  if (response.destroyed || response.closed) throw fault("HTTP_CLIENT_GONE", {});
}

/** Writes all of a source and ends the answer; `own`, as for `write`, is said of images and their blocks. */
export async function writeAll(response: Response, source: AsyncIterable<Uint8Array>, own = false): Promise<void> {
  for await (const chunk of source) await write(response, chunk, own, own ? imagesAhead : 0);
  response.end();
}
