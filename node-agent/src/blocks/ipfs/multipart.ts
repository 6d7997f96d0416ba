import { randomBytes } from "node:crypto";

/** One file as multipart/form-data (RFC 7578), as Kubo's RPC takes all input; the content is passed on as it comes. */
export function filePart(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): { readonly headers: Readonly<Record<string, string>>; readonly body: AsyncIterable<Uint8Array> } {
  const boundary = `fiducial-${randomBytes(16).toString("hex")}`;
  async function* body(): AsyncGenerator<Uint8Array, void, undefined> {
    yield Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\nContent-Type: application/octet-stream\r\n\r\n`);
    yield* content;
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  return { headers: { "content-type": `multipart/form-data; boundary=${boundary}` }, body: body() };
}
