/**
 * Writes vectors.json: messages with their session key and the verdict a reader must reach. `node test/vectors/envelope/make.ts`.
 * The cipher text is made here from node:crypto and RFC 9580 alone, not by the code under test; salts and keys are fixed, so that the
 * file is the same each time. The keys open nothing but these vectors.
 */
import { createCipheriv, createHash, hkdfSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

type Form = { readonly octet: number; readonly lengths: "definite" | "two-octet" | "partial" };

const bytes = (label: string, count: number): Buffer => {
  const parts: Buffer[] = [];
  for (let i = 0; parts.length * 32 < count; i++) parts.push(createHash("sha256").update(`${label} ${i}`).digest());
  return Buffer.concat(parts).subarray(0, count);
};
const sessionKey = bytes("session key", 32);

function head(tag: number, length: number): Buffer {
  const out = Buffer.from([0xc0 | tag, 0xff, 0, 0, 0, 0]);
  out.writeUInt32BE(length, 2);
  return out;
}

function packet(tag: number, body: Buffer, lengths: Form["lengths"]): Buffer {
  if (lengths === "definite") return Buffer.concat([head(tag, body.length), body]);
  if (lengths === "two-octet") return Buffer.concat([Buffer.from([0xc0 | tag, ((body.length - 192) >> 8) + 192, (body.length - 192) & 255]), body]);
  const rest = body.length - 512;
  return Buffer.concat([Buffer.from([0xc0 | tag, 0xe0 | 9]), body.subarray(0, 512), Buffer.from([0xff, 0, 0, rest >> 8, rest & 255]), body.subarray(512)]);
}

function seipd(inner: Buffer, label: string, form: Form, edit: { readonly suite?: readonly number[]; readonly total?: number } = {}): Buffer {
  const suite = Buffer.from(edit.suite ?? [2, 9, 3, form.octet]);
  const salt = bytes(`salt ${label}`, 32);
  const info = Buffer.concat([Buffer.from([0xd2]), suite]);
  const derived = Buffer.from(hkdfSync("sha256", sessionKey, salt, info, 36));
  const size = 2 ** (form.octet + 6);
  const parts: Buffer[] = [suite, salt];
  const chunk = (index: number, data: Buffer, aad: Buffer): void => {
    const nonce = Buffer.concat([derived.subarray(32), Buffer.alloc(8)]);
    nonce.writeBigUInt64BE(BigInt(index), 4);
    const cipher = createCipheriv("aes-256-gcm", derived.subarray(0, 32), nonce);
    cipher.setAAD(aad);
    parts.push(cipher.update(data), cipher.final(), cipher.getAuthTag());
  };
  let index = 0;
  for (let at = 0; at < inner.length; at += size) chunk(index++, inner.subarray(at, at + size), info);
  const total = Buffer.alloc(8);
  total.writeBigUInt64BE(BigInt(edit.total ?? inner.length));
  chunk(index, Buffer.alloc(0), Buffer.concat([info, total]));
  return packet(18, Buffer.concat(parts), form.lengths);
}

const literal = (content: Buffer): Buffer => Buffer.concat([head(11, content.length + 6), Buffer.from([0x62, 0, 0, 0, 0, 0]), content]);
const small: Form = { octet: 0, lengths: "definite" };
const content = bytes("content", 900);
const good = seipd(literal(content), "good", small);
const flip = (message: Buffer, at: number): Buffer => {
  const out = Buffer.from(message);
  const place = at < 0 ? out.length + at : at;
  out[place] = (out[place] ?? 0) ^ 1;
  return out;
};
const pkesk = Buffer.concat([Buffer.from([0xc1, 4, 6, 0, 25, 0])]);

type Vector = { readonly name: string; readonly verdict: string; readonly message: Buffer; readonly content?: Buffer };
const vectors: Vector[] = [
  ...[0, 1, 51, 52, 53, 116, 117, 900].map((size) => {
    const part = bytes("content", size);
    return { name: `${size} bytes in chunks of 64`, verdict: "ok", message: seipd(literal(part), `size ${size}`, small), content: part };
  }),
  { name: "chunks of 256 KiB", verdict: "ok", message: seipd(literal(content), "octet 12", { ...small, octet: 12 }), content },
  { name: "two-octet length", verdict: "ok", message: seipd(literal(content), "two-octet", { ...small, lengths: "two-octet" }), content },
  { name: "partial lengths", verdict: "ok", message: seipd(literal(content), "partial", { ...small, lengths: "partial" }), content },
  { name: "a key packet in front", verdict: "ok", message: Buffer.concat([pkesk, good]), content },
  { name: "padding inside", verdict: "ok", message: seipd(Buffer.concat([literal(content), head(21, 100), bytes("padding", 100)]), "padding", small), content },
  { name: "first chunk changed", verdict: "ENVELOPE_TAMPERED", message: flip(good, 50) },
  { name: "a tag changed", verdict: "ENVELOPE_TAMPERED", message: flip(good, 42 + 64) },
  { name: "the last tag changed", verdict: "ENVELOPE_TAMPERED", message: flip(good, -1) },
  { name: "the salt changed", verdict: "ENVELOPE_TAMPERED", message: flip(good, 20) },
  { name: "the chunk octet changed", verdict: "ENVELOPE_TAMPERED", message: flip(good, 9) },
  { name: "another total in the last tag", verdict: "ENVELOPE_TAMPERED", message: seipd(literal(content), "total", small, { total: 5 }) },
  { name: "one octet short", verdict: "ENVELOPE_TRUNCATED", message: good.subarray(0, good.length - 1) },
  { name: "only the head", verdict: "ENVELOPE_TRUNCATED", message: good.subarray(0, 42) },
  { name: "one octet too many", verdict: "ENVELOPE_TRAILING", message: Buffer.concat([good, Buffer.from([0])]) },
  { name: "two messages", verdict: "ENVELOPE_TRAILING", message: Buffer.concat([good, good]) },
  { name: "SEIPD version 1", verdict: "ENVELOPE_UNSUPPORTED", message: seipd(literal(content), "v1", small, { suite: [1, 9, 3, 0] }) },
  { name: "AES-128", verdict: "ENVELOPE_UNSUPPORTED", message: seipd(literal(content), "aes-128", small, { suite: [2, 7, 3, 0] }) },
  { name: "OCB", verdict: "ENVELOPE_UNSUPPORTED", message: seipd(literal(content), "ocb", small, { suite: [2, 9, 2, 0] }) },
  { name: "chunk octet 17", verdict: "ENVELOPE_UNSUPPORTED", message: seipd(literal(content), "17", small, { suite: [2, 9, 3, 17] }) },
  { name: "compressed inside", verdict: "ENVELOPE_UNSUPPORTED", message: seipd(Buffer.from([0xc8, 1, 0]), "compressed", small) },
  { name: "nothing inside", verdict: "ENVELOPE_MALFORMED", message: seipd(Buffer.alloc(0), "nothing", small) },
  { name: "half a literal inside", verdict: "ENVELOPE_MALFORMED", message: seipd(literal(content).subarray(0, 500), "half", small) },
  { name: "a literal in the clear", verdict: "ENVELOPE_MALFORMED", message: literal(content) },
  { name: "not OpenPGP", verdict: "ENVELOPE_MALFORMED", message: Buffer.from("DICM is not OpenPGP") },
];

const rows = vectors.map(({ name, verdict, message, content: plain }) => ({ name, verdict, message: message.toString("base64"), ...(plain === undefined ? {} : { content: plain.toString("base64") }) }));
writeFileSync(join(import.meta.dirname, "vectors.json"), `${JSON.stringify({ sessionKey: sessionKey.toString("base64"), vectors: rows }, null, 1)}\n`);
