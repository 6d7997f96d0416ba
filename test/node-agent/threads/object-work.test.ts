import { randomBytes } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import { buildFileOf } from "../../../node-agent/src/dag/build-file.ts";
import { instanceAttributes } from "../../../node-agent/src/dicom/attributes.ts";
import { toDicomJson } from "../../../node-agent/src/dicom/json.ts";
import { readPart10 } from "../../../node-agent/src/dicom/part10.ts";
import { openBuffer } from "../../../node-agent/src/envelope/open-buffer.ts";
import { sealBuffer } from "../../../node-agent/src/envelope/seal.ts";
import type { ObjectWork, ReadInstance } from "../../../node-agent/src/ports/object-work.ts";
import { openObjectWork } from "../../../node-agent/src/threads/object-work.ts";
import { slices } from "../flows/support/studies.ts";

const dying = new URL("support/dying-worker.ts", import.meta.url);
/** In memory that can be handed over. */
const own = (bytes: Uint8Array): Buffer<ArrayBuffer> => {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
};
const [small = Buffer.alloc(0)] = slices(1, 256);
const prefix = randomBytes(111);

function open(t: ExecutionContext, ...parts: Parameters<typeof openObjectWork>): ObjectWork {
  const work = openObjectWork(...parts);
  t.teardown(() => work.close());
  return work;
}

async function read(t: ExecutionContext, work: ObjectWork, bytes: Uint8Array): Promise<ReadInstance> {
  const verdict = await (await work.read(own(bytes))).verdict;
  if ("fault" in verdict) throw verdict.fault;
  t.pass();
  return verdict;
}

test("an instance is read and sealed as it would be here", async (t) => {
  const work = open(t);
  const [large = Buffer.alloc(0)] = slices(1, 1200);
  for (const file of [small, large]) {
    const part10 = readPart10(file);
    const { facts, seal } = await read(t, work, file);
    const { identifiers, transferSyntax, size, digest } = part10;
    t.deepEqual(facts, { identifiers, transferSyntax, size, digest, attributes: instanceAttributes(toDicomJson(part10), transferSyntax) });
    const sessionKey = randomBytes(32);
    const key = Buffer.from(sessionKey);
    const { cid, objectSize, blocks } = await seal(sessionKey, prefix);
    t.deepEqual(sessionKey, key, "the caller's key is its own");
    const sealed = Buffer.concat(blocks.slice(0, Math.ceil(objectSize / 2 ** 20)).map(({ bytes }) => bytes));
    t.is(sealed.length, objectSize);
    const here = buildFileOf(sealed);
    t.is(cid.toString(), here.cid.toString());
    t.deepEqual(blocks.map((one) => one.cid.toString()), here.blocks.map((one) => one.cid.toString()));
    t.true(openBuffer({ sessionKey: key, sealed: sealed.subarray(prefix.length) }).equals(file));
    await t.throwsAsync(seal(sessionKey, prefix), { message: /not here/u }, "sealed once and forgotten");
  }
});

test("what is no instance is told with what could be read of it, and the next is read", async (t) => {
  const work = open(t);
  const verdict = await (await work.read(own(Buffer.from("not DICOM")))).verdict;
  t.is("fault" in verdict ? verdict.fault.code : null, "DICOM_NOT_PART10");
  const cut = await (await work.read(own(small.subarray(0, small.length - 10)))).verdict;
  t.like(cut, { fault: { code: "DICOM_TRUNCATED" }, partial: { sopInstance: readPart10(small).identifiers.sopInstance } });
  (await read(t, work, small)).drop();
});

test("a sealed instance is checked with its key only, and moved there", async (t) => {
  const work = open(t);
  const sessionKey = randomBytes(32);
  const sealed = sealBuffer({ sessionKey, prefix: new Uint8Array(0), plain: small });
  const handed = own(sealed);
  t.is((await work.check({ sessionKey, bytes: handed })).digest, readPart10(small).digest);
  t.is(handed.length, 0, "moved and not copied");
  await t.throwsAsync(work.check({ sessionKey: randomBytes(32), bytes: own(sealed) }), { code: "ENVELOPE_TAMPERED" });
});

test("no more waits with the thread than memory allows: the next is taken when one is sealed or dropped", async (t) => {
  const work = open(t);
  const [eight = Buffer.alloc(0)] = slices(1, 2000);
  const kept = [await read(t, work, eight), await read(t, work, eight), await read(t, work, eight)];
  let taken = false;
  const fourth = work.read(own(eight)).then((one) => {
    taken = true;
    return one;
  });
  await t.throwsAsync(work.check({ sessionKey: Buffer.alloc(32), bytes: Buffer.alloc(0) }), { code: "ENVELOPE_TRUNCATED" }, "the thread itself has nothing to do");
  t.false(taken);
  kept[0]?.drop();
  kept[0]?.drop();
  const verdict = await (await fourth).verdict;
  t.true("facts" in verdict);
  await t.throwsAsync(kept[0]?.seal(randomBytes(32), prefix) ?? Promise.resolve(), { message: /not here/u }, "dropped is gone");
});

test("a thread that breaks down is told by everyone who waits for it, and replaced by the next question", async (t) => {
  const lost: unknown[] = [];
  const work = open(t, (error) => lost.push(error), dying);
  const first = await read(t, work, small);
  const second = await read(t, work, small);
  const [third, fourth] = await Promise.all([t.throwsAsync(first.seal(randomBytes(32), prefix)), t.throwsAsync(second.seal(randomBytes(32), prefix))]);
  t.like(third, { code: "OBJECT_WORK_LOST" });
  t.like(fourth, { code: "OBJECT_WORK_LOST" });
  t.regex(String(lost[0]), /as it was told to/u);
  t.is((await read(t, work, small)).facts.size, small.length, "another life");
  await t.throwsAsync(second.seal(randomBytes(32), prefix), { code: "OBJECT_WORK_LOST" }, "what the first had read is gone with it");
});

test("closed, it takes nothing and fails what was under way", async (t) => {
  const work = openObjectWork();
  const { verdict } = await work.read(own(small));
  await work.close();
  await t.throwsAsync(verdict, { code: "OBJECT_WORK_LOST" });
  await t.throwsAsync((await work.read(own(small))).verdict, { code: "OBJECT_WORK_LOST" });
});
