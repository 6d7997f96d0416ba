import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { Dicer } from "@fastify/busboy";
import test from "ava";
import fc from "fast-check";
import { Fault } from "../../../../node-agent/src/model/fault.ts";
import { readParts } from "../../../../node-agent/src/http/dicomweb/multipart-in.ts";

const boundary = "frontier";

function multipart(parts: readonly Buffer[], closing = `--${boundary}--\r\n`): Buffer {
  const pieces = parts.map((part) => Buffer.concat([Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`), part, Buffer.from("\r\n")]));
  return Buffer.concat([...pieces, Buffer.from(closing)]);
}

/** The body in pieces of the given size, as a socket would give it. */
function* inPieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function bodies(bytes: Buffer, size: number): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const part of readParts(Readable.from(inPieces(bytes, size), { objectMode: false }), boundary)) {
    const chunks: Buffer[] = [];
    for await (const chunk of part.body) chunks.push(chunk);
    found.push(Buffer.concat(chunks));
  }
  return found;
}

test("parts come back whole, whatever the pieces they arrive in", async (t) => {
  const property = fc.asyncProperty(
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 3000 }), { minLength: 1, maxLength: 6 }),
    fc.integer({ min: 1, max: 700 }),
    async (parts, size) => {
      const expected = parts.map((part) => Buffer.from(part));
      const found = await bodies(multipart(expected), size);
      return found.length === expected.length && found.every((part, at) => part.equals(expected[at] ?? Buffer.alloc(0)));
    },
  );
  await fc.assert(property, { numRuns: 150 });
  t.pass();
});

test("a reader that leaves a part early gets the next one", async (t) => {
  const parts = [randomBytes(300_000), randomBytes(200_000), randomBytes(10)];
  const seen: number[] = [];
  for await (const part of readParts(Readable.from(inPieces(multipart(parts), 65_536), { objectMode: false }), boundary)) {
    for await (const chunk of part.body) {
      seen.push(chunk.length);
      break;
    }
  }
  t.is(seen.length, 3);
});

test("a reader that never reads a part gets the next one, and a slow reader loses nothing", async (t) => {
  const parts = [randomBytes(300_000), randomBytes(200_000)];
  let count = 0;
  for await (const part of readParts(Readable.from(inPieces(multipart(parts), 65_536), { objectMode: false }), boundary)) {
    t.is(part.headers.get("content-type"), "application/dicom");
    await new Promise((resolve) => setTimeout(resolve, 5));
    count += 1;
  }
  t.is(count, 2);
});

/** What is hard to tell from a delimiter, whole and in parts. */
const tricky = ["\r\n", "\r", "\n", "-", "--", "\r\n--", "\r\n--fron", "\r\n--frontie", "\n--frontier", "--frontier", "frontier", "frontier--", "\r\n-frontier", "\r\n--frontierless", "\r\n--frontier-", "\r\n--frontier x\r\n", "image"];
const content = fc
  .array(fc.oneof(fc.constantFrom(...tricky).map((text) => Buffer.from(text)), fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))), { minLength: 1, maxLength: 12 })
  .map((pieces) => Buffer.concat(pieces))
  // Neither it nor what it makes with the line ends around it may be a delimiter.
  .filter((bytes) => !/\r\n--frontier(?:--|[ \t]*(?:\r(?:\n|$)|$))/u.test(`\r\n${bytes.toString("latin1")}`));

test("no part of an image is taken for a delimiter, and no delimiter for an image, wherever pieces end", async (t) => {
  const property = fc.asyncProperty(fc.array(content, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 60 }), async (parts, size) => {
    const found = await bodies(multipart(parts), size);
    return found.length === parts.length && found.every((part, at) => part.equals(parts[at] ?? Buffer.alloc(0)));
  });
  await fc.assert(property, { numRuns: 600 });
  t.pass();
});

type Whole = { readonly headers: Record<string, string>; readonly body: string };

async function ours(bytes: Buffer, size: number): Promise<Whole[]> {
  const found: Whole[] = [];
  for await (const part of readParts(Readable.from(inPieces(bytes, size), { objectMode: false }), boundary)) {
    const chunks: Buffer[] = [];
    for await (const chunk of part.body) chunks.push(chunk);
    found.push({ headers: Object.fromEntries(part.headers), body: Buffer.concat(chunks).toString("latin1") });
  }
  return found;
}

/** The same by a parser that others wrote. */
async function theirs(bytes: Buffer, size: number): Promise<Whole[]> {
  const found: { headers: Record<string, string>; body: string }[] = [];
  const dicer = new Dicer({ boundary });
  dicer.on("part", (part) => {
    const whole = { headers: {}, body: "" };
    found.push(whole);
    part.on("header", (header) => {
      whole.headers = Object.fromEntries(Object.entries(header as Record<string, string[]>).map(([name, [value = ""]]) => [name, value.trim()]));
    });
    part.on("data", (data: Buffer) => {
      whole.body += data.toString("latin1");
    });
  });
  await new Promise((resolve, reject) => Readable.from(inPieces(bytes, size), { objectMode: false }).pipe(dicer).on("finish", resolve).on("error", reject));
  return found;
}

test("preamble, headers, bodies and epilogue are read as another parser reads them", async (t) => {
  const header = fc.constantFrom("Content-Type: application/dicom", "content-location:  http://a/b ", "X-Folded: one\r\n two", "Content-Type: second", "X-Empty:", "no header", "X: ü");
  // To the other parser a longer name is a delimiter, too.
  const plain = content.filter((bytes) => !`\r\n${bytes.toString("latin1")}`.includes("\r\n--frontier") && bytes.length > 0);
  const part = fc.record({ headers: fc.array(header, { minLength: 1, maxLength: 5 }), body: plain });
  const around = fc.constantFrom("", "text in front\r\n", "--front\r\n\r\n");
  const property = fc.asyncProperty(around, fc.array(part, { minLength: 1, maxLength: 4 }), around, fc.integer({ min: 1, max: 90 }), async (preamble, parts, epilogue, size) => {
    const lines = parts.map(({ headers, body }) => Buffer.concat([Buffer.from(`--${boundary}\r\n${headers.join("\r\n")}\r\n\r\n`, "latin1"), body, Buffer.from("\r\n")]));
    const bytes = Buffer.concat([Buffer.from(preamble), ...lines, Buffer.from(`--${boundary}--\r\n${epilogue}`)]);
    t.deepEqual(await ours(bytes, size), await theirs(bytes, size));
  });
  await fc.assert(property, { numRuns: 300 });
});

const forms: readonly (readonly [string, string, readonly Whole[]])[] = [
  ["parts without headers or without a body", `--${boundary}\r\n\r\n\r\n--${boundary}\r\n\r\none\r\n--${boundary}\r\nA: b\r\n\r\n--${boundary}\r\nC: d\r\n\r\n\r\n--${boundary}--`, [{ headers: {}, body: "" }, { headers: {}, body: "one" }, { headers: { a: "b" }, body: "" }, { headers: { c: "d" }, body: "" }]],
  ["white space behind the boundary", `--${boundary} \t\r\n\r\none\r\n--${boundary}${" ".repeat(200)}\r\n\r\ntwo\r\n--${boundary}-- `, [{ headers: {}, body: "one" }, { headers: {}, body: "two" }]],
  ["a boundary that begins with another", `--${boundary}\r\n\r\n--${boundary}s\r\n\r\none\r\n--${boundary}s--\r\n--${boundary}--`, [{ headers: {}, body: `--${boundary}s\r\n\r\none\r\n--${boundary}s--` }]],
  ["another upload behind the end", `--${boundary}\r\n\r\none\r\n--${boundary}--\r\n--${boundary}\r\n\r\ntwo\r\n--${boundary}--`, [{ headers: {}, body: "one" }]],
  ["the first of headers of one name, 32 of them, up to what is none", `--${boundary}\r\nA: 1\r\na: 2\r\nnone\r\nB: 3\r\n\r\none\r\n--${boundary}\r\n${Array.from({ length: 40 }, (_, n) => `H${n}: ${n}\r\n`).join("")}\r\ntwo\r\n--${boundary}--`, [{ headers: { a: "1" }, body: "one" }, { headers: Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`h${n}`, String(n)])), body: "two" }]],
];
for (const [name, text, expected] of forms) {
  test(`is read as it is meant: ${name}`, async (t) => {
    for (const size of [1, 2, 3, 7, 64, 10_000]) t.deepEqual(await ours(Buffer.from(text), size), expected, `pieces of ${size}`);
  });
}

const bad: readonly (readonly [string, Buffer])[] = [
  ["an empty body", Buffer.alloc(0)],
  ["another boundary", Buffer.from("--other\r\n\r\nx\r\n--other--\r\n")],
  ["no closing boundary", multipart([Buffer.from("one"), Buffer.from("two")], "")],
  ["cut in a part's headers", Buffer.from(`--${boundary}\r\nContent-Ty`)],
  ["cut in a part's body", multipart([randomBytes(5000)]).subarray(0, 2500)],
  ["headers without end", Buffer.from(`--${boundary}\r\nA: ${"b".repeat(9000)}\r\n\r\none\r\n--${boundary}--`)],
  ["only a closing boundary", Buffer.from(`--${boundary}--\r\n`)],
];
for (const [name, bytes] of bad) {
  test(`STOW_MALFORMED: ${name}`, async (t) => {
    const error = await t.throwsAsync(() => bodies(bytes, 64), { instanceOf: Fault });
    t.is(error?.code, "STOW_MALFORMED");
  });
}

test("STOW_CUT: the source fails in the middle", async (t) => {
  const whole = multipart([randomBytes(100_000)]);
  const source = Readable.from(
    (async function* () {
      yield whole.subarray(0, 40_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error("aborted");
    })(),
    { objectMode: false },
  );
  const error = await t.throwsAsync(
    async () => {
      for await (const part of readParts(source, boundary)) for await (const _chunk of part.body);
    },
    { instanceOf: Fault },
  );
  t.is(error?.code, "STOW_CUT");
});

test("mutated bodies end in parts or in a fault, never in a hang or another error", async (t) => {
  const base = multipart([randomBytes(400), Buffer.from("\r\n--fron\r\n\r\n--frontie"), randomBytes(900)]);
  const property = fc.asyncProperty(
    fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 12 }),
    fc.nat(base.length),
    fc.integer({ min: 1, max: 200 }),
    async (changes, cut, size) => {
      const bytes = Buffer.from(base);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        await bodies(bytes.subarray(0, Math.max(cut, base.length - cut)), size);
      } catch (error) {
        return error instanceof Fault;
      }
      return true;
    },
  );
  await fc.assert(property, { numRuns: 500 });
  t.pass();
});
