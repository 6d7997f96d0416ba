import { once } from "node:events";
import type { Response } from "express";
import { fault } from "../../model/fault.ts";

/** Writes with back-pressure. Throws HTTP_CLIENT_GONE when the other end has closed, so that the source stops being read. */
export async function write(response: Response, bytes: Uint8Array): Promise<void> {
  if (response.destroyed || response.closed) throw fault("HTTP_CLIENT_GONE", {});
  if (response.write(bytes)) return;
  const gone = new AbortController();
  const onClose = () => gone.abort();
  response.once("close", onClose);
  try {
    await once(response, "drain", { signal: gone.signal });
  } catch (error) {
    throw fault("HTTP_CLIENT_GONE", {}, error);
  } finally {
    response.off("close", onClose);
  }
}

/** Writes all of a source and ends the answer. */
export async function writeAll(response: Response, source: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of source) await write(response, chunk);
  response.end();
}
