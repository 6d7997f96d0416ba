import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
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

const bad: readonly (readonly [string, Buffer])[] = [
  ["an empty body", Buffer.alloc(0)],
  ["another boundary", Buffer.from("--other\r\n\r\nx\r\n--other--\r\n")],
  ["no closing boundary", multipart([Buffer.from("one"), Buffer.from("two")], "")],
  ["cut in a part's headers", Buffer.from(`--${boundary}\r\nContent-Ty`)],
  ["cut in a part's body", multipart([randomBytes(5000)]).subarray(0, 2500)],
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
