import { createHash } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { Dicer } from "@fastify/busboy";
import type { Server } from "./api.ts";

const boundary = "fiducial-bench";
const opening = Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
const closing = Buffer.from("\r\n");
const end = Buffer.from(`--${boundary}--\r\n`);

const headersOf = ({ authorization }: Server): Record<string, string> => (authorization === undefined ? {} : { authorization });

async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** One STOW-RS request with all files in one multipart body of declared length. Gives seconds from the first byte to the end of the answer. Throws unless all were stored. */
export async function store(server: Server, files: readonly { readonly size: number; readonly pieces: () => Iterable<Buffer> }[]): Promise<number> {
  const length = files.reduce((sum, { size }) => sum + opening.length + size + closing.length, end.length);
  const begun = performance.now();
  const sending = request(`${server.url}/dicom-web/studies`, {
    method: "POST",
    headers: { ...headersOf(server), "content-type": `multipart/related; type="application/dicom"; boundary=${boundary}`, accept: "application/dicom+json", "content-length": length },
  });
  const answered = once(sending, "response") as Promise<[IncomingMessage]>;
  const write = async (bytes: Buffer): Promise<void> => {
    if (!sending.write(bytes)) await once(sending, "drain");
  };
  answered.catch(() => {});
  for (const { pieces } of files) {
    await write(opening);
    for (const piece of pieces()) await write(piece);
    await write(closing);
  }
  sending.end(end);
  const [answer] = await answered;
  const text = await textOf(answer);
  const seconds = (performance.now() - begun) / 1000;
  if (answer.statusCode !== 200) throw new Error(`STOW-RS was answered ${answer.statusCode}: ${text.slice(0, 300)}`);
  return seconds;
}

/** Files in memory as `store` takes them. */
export const inMemory = (files: readonly Buffer[]): { size: number; pieces: () => Buffer[] }[] => files.map((file) => ({ size: file.length, pieces: () => [file] }));

export type Retrieved = { readonly seconds: number; /** Until the first byte of the body. */ readonly firstMs: number; readonly bytes: number };

async function open(server: Server, path: string): Promise<IncomingMessage> {
  const asking = request(`${server.url}${path}`, { headers: { ...headersOf(server), accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' } });
  asking.end();
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  if (answer.statusCode !== 200) throw new Error(`WADO-RS was answered ${answer.statusCode}: ${(await textOf(answer)).slice(0, 300)}`);
  return answer;
}

/** Retrieves a whole study by WADO-RS in its stored transfer syntax and throws its bytes away as they come. */
export async function retrieve(server: Server, uid: string): Promise<Retrieved> {
  const begun = performance.now();
  const answer = await open(server, `/dicom-web/studies/${uid}`);
  let firstMs = 0;
  let bytes = 0;
  answer.on("data", (part: Buffer) => {
    if (bytes === 0) firstMs = performance.now() - begun;
    bytes += part.length;
  });
  await once(answer, "end");
  return { seconds: (performance.now() - begun) / 1000, firstMs, bytes };
}

/** SHA-256 of every instance of a study as WADO-RS gives it, sorted: that what was measured was the right work. */
export async function retrievedDigests(server: Server, uid: string): Promise<string[]> {
  const answer = await open(server, `/dicom-web/studies/${uid}`);
  const found = /boundary="?([^";]+)"?/iu.exec(answer.headers["content-type"] ?? "")?.[1];
  if (found === undefined) throw new Error("the answer names no boundary");
  const dicer = new Dicer({ boundary: found });
  const digests: Promise<string>[] = [];
  dicer.on("part", (part) => {
    const hash = createHash("sha256");
    part.on("data", (data: Buffer) => hash.update(data));
    digests.push(once(part, "end").then(() => hash.digest("hex")));
  });
  answer.pipe(dicer);
  await once(dicer, "finish");
  return (await Promise.all(digests)).sort();
}

/** Throws unless the server gives exactly what was sent. */
export async function expectSame(server: Server, uid: string, sent: readonly string[]): Promise<void> {
  const have = await retrievedDigests(server, uid);
  if (have.join() !== sent.join()) throw new Error(`${server.url} gives other bytes than it was sent`);
}
