import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { decrypt, readMessage } from "openpgp";
import { z } from "zod";
import { open } from "../../../node-agent/src/envelope/open.ts";
import { openBuffer } from "../../../node-agent/src/envelope/open-buffer.ts";
import { Fault } from "../../../node-agent/src/model/fault.ts";
import { joined, pieces } from "./bytes.ts";

const folder = join("test", "vectors", "envelope");
const file = join(folder, "vectors.json");
const base64 = z.base64().transform((text) => Buffer.from(text, "base64"));
const { sessionKey, vectors } = z
  .strictObject({ sessionKey: base64, vectors: z.array(z.strictObject({ name: z.string(), verdict: z.string(), message: base64, content: base64.optional() })) })
  .parse(JSON.parse(readFileSync(file, "utf8")));

async function verdictOf(way: () => Buffer | Promise<Buffer>, content: Buffer | undefined): Promise<string> {
  try {
    const got = await way();
    return content?.equals(got) === true ? "ok" : "other content";
  } catch (error) {
    return error instanceof Fault ? error.code : String(error);
  }
}

test("there are vectors of every verdict", (t) => {
  for (const verdict of ["ok", "ENVELOPE_TAMPERED", "ENVELOPE_TRUNCATED", "ENVELOPE_TRAILING", "ENVELOPE_UNSUPPORTED", "ENVELOPE_MALFORMED"]) {
    t.true(vectors.some((vector) => vector.verdict === verdict), verdict);
  }
});

for (const { name, verdict, message, content } of vectors) {
  test(`${name}: ${verdict}, whole, in pieces and byte by byte`, async (t) => {
    t.is(await verdictOf(() => openBuffer({ sessionKey, sealed: message }), content), verdict);
    for (const size of [message.length, 100, 1]) t.is(await verdictOf(() => joined(open({ sessionKey, source: pieces(message, size) })), content), verdict, `in pieces of ${size}`);
  });
}

test("openpgp reaches the same verdict on the sound ones", async (t) => {
  for (const { name, verdict, message, content } of vectors) {
    if (verdict !== "ok" || name.startsWith("a key packet")) continue;
    const { data } = await decrypt({ message: await readMessage({ binaryMessage: message }), sessionKeys: { data: sessionKey, algorithm: "aes256", aeadAlgorithm: "gcm" }, format: "binary" });
    t.true(data instanceof Uint8Array && content?.equals(data), name);
  }
});

test("the committed file is what its maker writes", (t) => {
  const before = readFileSync(file, "utf8");
  t.is(spawnSync(process.execPath, [join(folder, "make.ts")]).status, 0);
  t.is(readFileSync(file, "utf8"), before);
});
