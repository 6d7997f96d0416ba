import { createCipheriv, hkdfSync, randomBytes } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { createMessage, encrypt } from "openpgp";
import { createIdentity } from "../../../node-agent/src/envelope/identity.ts";
import { open } from "../../../node-agent/src/envelope/open.ts";
import { openBuffer } from "../../../node-agent/src/envelope/open-buffer.ts";
import { openpgpConfig } from "../../../node-agent/src/envelope/openpgp-config.ts";
import { rangeReader } from "../../../node-agent/src/envelope/open-range.ts";
import { sealBuffer } from "../../../node-agent/src/envelope/seal.ts";
import { newSessionKey, unwrapSessionKey, wrapSessionKey } from "../../../node-agent/src/envelope/session-key.ts";
import { splitHeader } from "../../../node-agent/src/envelope/split-header.ts";
import { isFault } from "../../../node-agent/src/model/fault.ts";
import { joined, pieces } from "./bytes.ts";

const chunk = 262_144;
const sessionKey = newSessionKey();
const identity = await createIdentity({ name: "Hospital A" });
const prefix = await wrapSessionKey(sessionKey, identity.certificate);
const plain = randomBytes(2 * chunk + 1000);
const sealed = sealBuffer({ sessionKey, prefix, plain });
const codes = ["ENVELOPE_TAMPERED", "ENVELOPE_TRUNCATED", "ENVELOPE_TRAILING", "ENVELOPE_MALFORMED", "ENVELOPE_UNSUPPORTED"] as const;

/** Opens in all three ways; each must refuse with a code, and the stream must have released only true plaintext. */
async function refusals(message: Uint8Array, key: Uint8Array = sessionKey): Promise<string[]> {
  const out: string[] = [];
  const released: Buffer[] = [];
  const ways: (() => Promise<unknown> | unknown)[] = [
    async () => {
      for await (const part of open({ sessionKey: key, source: pieces(message, 100_000) })) released.push(part);
    },
    () => openBuffer({ sessionKey: key, sealed: message }),
  ];
  for (const way of ways) {
    try {
      await way();
      out.push("accepted");
    } catch (error) {
      out.push(codes.find((code) => isFault(error, code)) ?? `not a fault: ${String(error)}`);
    }
  }
  const got = Buffer.concat(released);
  if (!plain.subarray(0, got.length).equals(got)) out.push("released something false");
  return out;
}

const allRefused = (list: readonly string[]): boolean => list.length === 2 && list.every((one) => one.startsWith("ENVELOPE_"));

test("a flipped bit anywhere in the encrypted packet is refused", async (t) => {
  const body = prefix.length;
  const places = [body, body + 1, body + 2, body + 5, body + 6, body + 7, body + 8, body + 9, body + 10, body + 41, body + 42, body + 54, body + 1000, body + 42 + chunk, body + 42 + chunk + 15, body + 42 + chunk + 16, sealed.length - 33, sealed.length - 17, sealed.length - 16, sealed.length - 1];
  for (const place of places) {
    for (const bit of [1, 128]) {
      const bad = Buffer.from(sealed);
      bad[place] = (bad[place] ?? 0) ^ bit;
      t.true(allRefused(await refusals(bad)), `octet ${place - body} of the packet, bit ${bit}: ${await refusals(bad)}`);
    }
  }
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: body, max: sealed.length - 1 }), fc.integer({ min: 1, max: 255 }), async (place, mask) => {
      const bad = Buffer.from(sealed);
      bad[place] = (bad[place] ?? 0) ^ mask;
      t.true(allRefused(await refusals(bad)), `octet ${place}`);
    }),
    { numRuns: 60 },
  );
});

test("cut anywhere it is refused, and so with anything after it", async (t) => {
  const places = [0, 1, 50, prefix.length, prefix.length + 1, prefix.length + 6, prefix.length + 41, prefix.length + 42, prefix.length + 42 + chunk + 16, sealed.length - 17, sealed.length - 16, sealed.length - 1];
  for (const place of places) {
    const list = await refusals(sealed.subarray(0, place));
    t.deepEqual(list, ["ENVELOPE_TRUNCATED", "ENVELOPE_TRUNCATED"], `cut at ${place}`);
  }
  for (const extra of [Buffer.from([0]), randomBytes(40), sealed]) t.deepEqual(await refusals(Buffer.concat([sealed, extra])), ["ENVELOPE_TRAILING", "ENVELOPE_TRAILING"]);
});

test("chunks exchanged, left out or doubled are refused though each is authentic", async (t) => {
  const at = prefix.length + 42;
  const size = chunk + 16;
  const first = sealed.subarray(at, at + size);
  const second = sealed.subarray(at + size, at + 2 * size);
  const rest = sealed.subarray(at + 2 * size);
  const withBody = (...parts: Uint8Array[]): Buffer => {
    const body = Buffer.concat([sealed.subarray(prefix.length + 6, at), ...parts]);
    const head = Buffer.from([0xd2, 0xff, 0, 0, 0, 0]);
    head.writeUInt32BE(body.length, 2);
    return Buffer.concat([prefix, head, body]);
  };
  t.deepEqual(await refusals(withBody(first, second, rest)), ["accepted", "accepted"], "put together again it opens");
  for (const parts of [[second, first, rest], [first, rest], [second, rest], [first, first, second, rest], [rest]]) t.deepEqual(await refusals(withBody(...parts)), ["ENVELOPE_TAMPERED", "ENVELOPE_TAMPERED"]);
});

test("another session key is refused at the first chunk", async (t) => {
  t.deepEqual(await refusals(sealed, newSessionKey()), ["ENVELOPE_TAMPERED", "ENVELOPE_TAMPERED"]);
  t.deepEqual(await refusals(sealed, Buffer.alloc(16)), ["ENVELOPE_UNSUPPORTED", "ENVELOPE_UNSUPPORTED"]);
});

test("other versions, ciphers, modes and chunk octets are named", async (t) => {
  for (const [offset, value, word] of [[0, 1, "SEIPD version 1"], [1, 7, "cipher algorithm 7"], [2, 2, "AEAD mode 2"], [3, 17, "chunk octet 17"]] as const) {
    const bad = Buffer.from(sealed);
    bad[prefix.length + 6 + offset] = value;
    const error = t.throws(() => openBuffer({ sessionKey, sealed: bad }), { code: "ENVELOPE_UNSUPPORTED" });
    t.true(error?.message.includes(word));
  }
});

test("noise is refused with a code, never with another error", async (t) => {
  const vocabulary = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }).map((tail) => Buffer.concat([Buffer.from([0xd2]), tail])), fc.uint8Array({ maxLength: 80 }).map((tail) => Buffer.concat([sealed.subarray(0, prefix.length + 46), tail])));
  await fc.assert(
    fc.asyncProperty(vocabulary, async (noise) => {
      t.true(allRefused(await refusals(noise)), Buffer.from(noise).toString("hex"));
    }),
    { numRuns: 400 },
  );
});

for (const size of [0, 1, 1000, chunk, 3 * chunk + 5]) {
  test(`openpgp's own message of ${size} bytes, whole (definite) and streamed (partial lengths), is opened`, async (t) => {
    const content = randomBytes(size);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < size; at += 70_001) controller.enqueue(new Uint8Array(content.subarray(at, at + 70_001)));
        controller.close();
      },
    });
    for (const binary of [new Uint8Array(content), stream]) {
      const written = await encrypt({ message: await createMessage({ binary }), encryptionKeys: identity.certificate.key, format: "binary", config: openpgpConfig });
      const message = written instanceof Uint8Array ? Buffer.from(written) : await joined(written);
      const { pkesks, start } = splitHeader(message);
      t.is(pkesks.length, 1);
      t.is(message[start], 0xd2);
      const key = await unwrapSessionKey(pkesks[0] ?? Buffer.alloc(0), identity.privateKey);
      t.true(openBuffer({ sessionKey: key, sealed: message }).equals(content));
      for (const cut of [7, 65_536]) t.true((await joined(open({ sessionKey: key, source: pieces(message, cut) }))).equals(content));
    }
  });
}

/** Seals arbitrary inner packets, to test what a reader does with authenticated but unexpected content. */
function sealInner(inner: Buffer, octet = 12): Buffer {
  const info = Buffer.from([0xd2, 2, 9, 3, octet]);
  const salt = randomBytes(32);
  const derived = Buffer.from(hkdfSync("sha256", sessionKey, salt, info, 36));
  const size = 2 ** (octet + 6);
  const parts: Buffer[] = [];
  const one = (index: number, data: Buffer, aad: Buffer): void => {
    const iv = Buffer.concat([derived.subarray(32), Buffer.alloc(8)]);
    iv.writeBigUInt64BE(BigInt(index), 4);
    const cipher = createCipheriv("aes-256-gcm", derived.subarray(0, 32), iv);
    cipher.setAAD(aad);
    parts.push(cipher.update(data));
    cipher.final();
    parts.push(cipher.getAuthTag());
  };
  let index = 0;
  for (let at = 0; at < inner.length; at += size) one(index++, inner.subarray(at, at + size), info);
  const total = Buffer.alloc(8);
  total.writeBigUInt64BE(BigInt(inner.length));
  one(index, Buffer.alloc(0), Buffer.concat([info, total]));
  const body = Buffer.concat([info.subarray(1), salt, ...parts]);
  const head = Buffer.from([0xd2, 0xff, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
}

const literal = (content: Buffer, name = ""): Buffer => Buffer.concat([Buffer.from([0xcb, content.length + 6 + name.length, 0x62, name.length]), Buffer.from(name), Buffer.alloc(4), content]);

test("a named literal, padding around it, old-format and small chunks are read", async (t) => {
  const content = Buffer.from("content");
  const padding = Buffer.concat([Buffer.from([0xd5, 100]), randomBytes(100)]);
  const old = Buffer.concat([Buffer.from([0xac, content.length + 6, 0x62, 0, 0, 0, 0, 0]), content]);
  const oldToEnd = Buffer.concat([Buffer.from([0xaf, 0x62, 0, 0, 0, 0, 0]), content]);
  const partial = Buffer.concat([Buffer.from([0xcb, 0xe9, 0x62, 0, 0, 0, 0, 0]), Buffer.alloc(506, 1), Buffer.from([0xe0, 2, 0])]);
  for (const inner of [literal(content), literal(content, "a name"), Buffer.concat([literal(content), padding]), Buffer.concat([padding, literal(content)]), old, oldToEnd]) {
    for (const octet of [0, 12, 16]) {
      const message = sealInner(inner, octet);
      t.is(openBuffer({ sessionKey, sealed: message }).toString(), "content");
      t.is((await joined(open({ sessionKey, source: pieces(message, 3) }))).toString(), "content");
    }
  }
  t.is(openBuffer({ sessionKey, sealed: sealInner(partial) }).length, 507);
});

test("authenticated content that is not one whole literal packet is refused", async (t) => {
  const content = Buffer.from("content");
  const cases: readonly (readonly [string, Buffer, string])[] = [
    ["two literals", Buffer.concat([literal(content), literal(content)]), "ENVELOPE_MALFORMED"],
    ["a literal cut short", literal(content).subarray(0, 10), "ENVELOPE_MALFORMED"],
    ["nothing", Buffer.alloc(0), "ENVELOPE_MALFORMED"],
    ["only padding", Buffer.from([0xd5, 1, 0]), "ENVELOPE_MALFORMED"],
    ["half a packet after it", Buffer.concat([literal(content), Buffer.from([0xd5])]), "ENVELOPE_MALFORMED"],
    ["compressed data", Buffer.from([0xc8, 1, 0]), "ENVELOPE_UNSUPPORTED"],
    ["a signature", Buffer.from([0xc4, 1, 0]), "ENVELOPE_UNSUPPORTED"],
    ["a literal shorter than its head", Buffer.from([0xcb, 2, 0x62, 4, 1, 1, 1, 1, 1, 1, 1, 1]), "ENVELOPE_MALFORMED"],
  ];
  for (const [what, inner, code] of cases) {
    const message = sealInner(inner);
    t.throws(() => openBuffer({ sessionKey, sealed: message }), { code }, what);
    await t.throwsAsync(joined(open({ sessionKey, source: pieces(message, 5) })), { code }, what);
  }
});

test("leaving early closes the source", async (t) => {
  let closed = false;
  const source = (async function* () {
    try {
      yield* pieces(sealed, 50_000);
    } finally {
      closed = true;
    }
  })();
  for await (const _part of open({ sessionKey, source })) break;
  t.true(closed);
});

test("ranges: any bytes, only the ciphertext that holds them, authenticated", async (t) => {
  let bytesRead = 0;
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const part = sealed.subarray(offset, offset + length);
    bytesRead += part.length;
    return part;
  };
  const reader = await rangeReader({ sessionKey, read });
  t.is(reader.size, plain.length);
  await fc.assert(
    fc.asyncProperty(fc.nat(plain.length), fc.nat(plain.length), async (one, two) => {
      const [start, end] = [Math.min(one, two), Math.max(one, two)];
      t.true((await joined(reader.range(start, end))).equals(plain.subarray(start, end)));
    }),
    { numRuns: 60 },
  );
  bytesRead = 0;
  await joined(reader.range(2 * chunk + 10, 2 * chunk + 20));
  t.true(bytesRead <= chunk + 16);
  await t.throwsAsync(joined(reader.range(5, plain.length + 1)), { code: "ENVELOPE_RANGE" });
  await t.throwsAsync(joined(reader.range(5, 4)), { code: "ENVELOPE_RANGE" });
});

test("ranges: a cut or changed object is refused at opening or at the range that meets it", async (t) => {
  const from = (bytes: Uint8Array) => (offset: number, length: number): Promise<Uint8Array> => Promise.resolve(bytes.subarray(offset, offset + length));
  await t.throwsAsync(rangeReader({ sessionKey, read: from(sealed.subarray(0, sealed.length - 1)) }), { code: "ENVELOPE_TRUNCATED" });
  const shorter = Buffer.from(sealed.subarray(0, sealed.length - 10));
  shorter.writeUInt32BE(shorter.readUInt32BE(prefix.length + 2) - 10, prefix.length + 2);
  await t.throwsAsync(rangeReader({ sessionKey, read: from(shorter) }), { code: "ENVELOPE_TAMPERED" });
  const bad = Buffer.from(sealed);
  const place = prefix.length + 42 + chunk + 16 + 5;
  bad[place] = (bad[place] ?? 0) ^ 1;
  const reader = await rangeReader({ sessionKey, read: from(bad) });
  t.true((await joined(reader.range(0, 1000))).equals(plain.subarray(0, 1000)));
  await t.throwsAsync(joined(reader.range(chunk, chunk + 1)), { code: "ENVELOPE_TAMPERED" });
});
