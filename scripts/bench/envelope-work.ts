/** One measured job of the envelope benchmark, alone in its process so that its memory is its own: `node envelope-work.ts <job> <MiB> <file>`. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createMessage, decrypt, encrypt, readMessage, type SessionKey } from "openpgp";
import { open } from "../../node-agent/src/envelope/open.ts";
import { openpgpConfig } from "../../node-agent/src/envelope/openpgp-config.ts";
import { seal } from "../../node-agent/src/envelope/seal.ts";

const piece = 1 << 20;
/** Fixed, so that one process opens what another sealed; it protects random bytes in a temporary file. */
const key = Buffer.alloc(32, 7);
const iv = Buffer.alloc(12, 1);
const sessionKey: SessionKey = { data: key, algorithm: "aes256", aeadAlgorithm: "gcm" };

async function drain(source: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const part of source) bytes += part.length;
  return bytes;
}

async function* plain(size: number): AsyncGenerator<Uint8Array, void, undefined> {
  const block = randomBytes(piece);
  for (let left = size; left > 0; left -= piece) yield block.subarray(0, Math.min(left, piece));
}

async function* gcm(size: number): AsyncGenerator<Uint8Array, void, undefined> {
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  for await (const part of plain(size)) yield cipher.update(part);
  cipher.final();
}

async function* ungcm(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  // The tag is of no use here: the bare cipher's speed is what is compared.
  const decipher = createDecipheriv("aes-256-gcm", key, iv);
  for await (const part of source) yield decipher.update(part);
}

function webStream(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const step = await iterator.next();
      if (step.done === true) controller.close();
      else controller.enqueue(new Uint8Array(step.value));
    },
  });
}

async function* theirs(size: number): AsyncGenerator<Uint8Array, void, undefined> {
  const out = await encrypt({ message: await createMessage({ binary: webStream(plain(size)) }), sessionKey, format: "binary", config: openpgpConfig });
  yield* out;
}

async function* theirsOpened(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  const binaryMessage = webStream(createReadStream(file, { highWaterMark: piece }));
  const { data } = await decrypt({ message: await readMessage({ binaryMessage, config: openpgpConfig }), sessionKeys: sessionKey, format: "binary", config: openpgpConfig });
  yield* data;
}

const ours = (size: number): AsyncIterable<Uint8Array> => seal({ sessionKey: key, prefix: new Uint8Array(0), size, source: plain(size) });
const [job = "", mebibytes = "0", file = ""] = process.argv.slice(2);
const size = Number(mebibytes) * piece;
const jobs: Record<string, () => Promise<unknown>> = {
  write: () => pipeline(Readable.from(ours(size), { objectMode: false, highWaterMark: piece }), createWriteStream(file)),
  "seal ours": () => drain(ours(size)),
  "seal cipher": () => drain(gcm(size)),
  "seal openpgp": () => drain(theirs(size)),
  "open ours": () => drain(open({ sessionKey: key, source: createReadStream(file, { highWaterMark: piece }) })),
  "open cipher": () => drain(ungcm(createReadStream(file, { highWaterMark: piece }))),
  "open openpgp": () => drain(theirsOpened(file)),
};
const work = jobs[job];
if (work === undefined) throw new TypeError(`no such job: ${job}`);
const begun = performance.now();
await work();
const seconds = (performance.now() - begun) / 1000;
// maxRSS is in KiB on every system Node runs on.
console.log(JSON.stringify({ megabytesPerSecond: size / 1e6 / seconds, rssMiB: process.resourceUsage().maxRSS / 1024 }));
