import { open as openFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { parseCid } from "../../../node-agent/src/dag/block.ts";
import { readPart10 } from "../../../node-agent/src/dicom/part10.ts";
import { sealBuffer } from "../../../node-agent/src/envelope/seal.ts";
import type { HospitalContext } from "../../../node-agent/src/flows/context.ts";
import { openHeld } from "../../../node-agent/src/flows/open-held.ts";
import { retrieveInstance } from "../../../node-agent/src/flows/retrieve-instance.ts";
import type { InstanceRecord } from "../../../node-agent/src/ports/catalogue.ts";
import { encodeElements } from "../../../scripts/phantom/encode.ts";
import { deflated, fileOf, identity, text } from "../dicom/build.ts";
import { Town } from "./support/room.ts";
import { collect, slices, store } from "./support/studies.ts";

async function open(t: ExecutionContext): Promise<{ readonly context: HospitalContext; readonly segments: string }> {
  const town = new Town();
  t.teardown(() => town.close());
  await town.open(1);
  return { context: town.at(1), segments: join(town.rooms[0]?.folder ?? "", "blocks", "segments") };
}

function recordOf(context: HospitalContext, file: Buffer): InstanceRecord {
  const record = context.catalogue.instanceByUid(readPart10(file).identifiers.sopInstance);
  if (record === null) throw new Error("the instance is not stored");
  return record;
}

async function blockOf(context: HospitalContext, { object }: InstanceRecord): Promise<Buffer> {
  const bytes = await context.blocks.raw?.(parseCid(object));
  if (bytes === null || bytes === undefined) throw new Error("the block is not here");
  return Buffer.from(bytes);
}

/** Writes other bytes where a block lies in its segment file, as a failing disk or somebody with a hand on it would. */
async function overwrite(segments: string, block: Buffer, by: Buffer): Promise<void> {
  for (const name of await readdir(segments)) {
    if (!name.endsWith(".seg")) continue;
    const at = (await readFile(join(segments, name))).indexOf(block);
    if (at < 0) continue;
    const file = await openFile(join(segments, name), "r+");
    await file.write(by, 0, by.length, at);
    await file.close();
    return;
  }
  throw new Error("the block lies in no segment");
}

const read = async (context: HospitalContext, record: InstanceRecord): Promise<Buffer> => await collect((await retrieveInstance(context, record)).stream);
const keyOf = async (context: HospitalContext, { study }: InstanceRecord): Promise<Buffer> => await context.sessionKeys.of(context.catalogue.study(study) ?? { study, wrappedKey: null, droppedBecause: null });

const flippedAt = (at: number) => (block: Buffer): Buffer => {
  const copy = Buffer.from(block);
  const place = at < 0 ? copy.length + at : at;
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
};

/** A block as it lies, and those of another instance of its study and of another study, which are as long. */
type Blocks = { readonly block: Buffer; readonly sibling: Buffer; readonly stranger: Buffer };
const damages: Record<string, (blocks: Blocks) => Buffer> = {
  "a bit of the first chunk": ({ block }) => flippedAt(1000)(block),
  "a bit of the last chunk": ({ block }) => flippedAt(-100)(block),
  "a bit of the last tag": ({ block }) => flippedAt(-1)(block),
  zeros: ({ block }) => Buffer.alloc(block.length),
  "the end of another": ({ block, sibling }) => Buffer.concat([block.subarray(0, block.length - 5000), sibling.subarray(-5000)]),
  "another instance of the study": ({ sibling }) => sibling,
  "an instance of another study": ({ stranger }) => stranger,
};

/** A copy whose UIDs end in `by` more, and are as long. */
function renumbered(file: Buffer, by: number, ...uids: readonly string[]): Buffer {
  const copy = Buffer.from(file);
  for (const uid of uids) for (let at = copy.indexOf(uid); at >= 0; at = copy.indexOf(uid, at + uid.length)) copy.write(String((Number(uid.at(-1)) + by) % 10), at + uid.length - 1);
  return copy;
}

/** Two instances of a study and one of another, all of one length. */
function alike(): readonly Buffer[] {
  const [file = Buffer.alloc(0)] = slices(1, 400);
  const { sopInstance, series, study } = readPart10(file).identifiers;
  return [file, renumbered(file, 1, sopInstance), renumbered(file, 2, sopInstance, series, study)];
}

for (const [name, damage] of Object.entries(damages)) {
  test(`what lies in a block's place is not given out as its image, and is set aside: ${name}`, async (t) => {
    const { context, segments } = await open(t);
    const files = alike();
    await store(context, files);
    const [file = Buffer.alloc(0), ...others] = files;
    const record = recordOf(context, file);
    const block = await blockOf(context, record);
    const [sibling = Buffer.alloc(0), stranger = Buffer.alloc(0)] = await Promise.all(others.map((one) => blockOf(context, recordOf(context, one))));
    t.true(sibling.length === block.length && stranger.length === block.length, "only their content tells them apart");
    t.true((await read(context, record)).equals(file));
    await overwrite(segments, block, damage({ block, sibling, stranger }));
    await t.throwsAsync(read(context, record), { code: "OBJECT_MISSING" });
    t.deepEqual(await readdir(join(segments, "damaged")), [record.object]);
    // Another holder gives it again, or a new upload.
    await context.blocks.putMany([{ cid: parseCid(record.object), bytes: block }]);
    t.true((await read(context, record)).equals(file));
    t.true((await read(context, recordOf(context, others[0] ?? file))).equals(others[0] ?? file));
  });
}

test("another sealing of the same instance in a block's place, or a damaged wrapped key in front, leaves the instance what it is", async (t) => {
  const { context, segments } = await open(t);
  const [file = Buffer.alloc(0)] = slices(1, 256);
  await store(context, [file]);
  const record = recordOf(context, file);
  const block = await blockOf(context, record);
  const again = sealBuffer({ sessionKey: await keyOf(context, record), prefix: block.subarray(0, record.headerSize), plain: file });
  t.false(again.equals(block));
  await overwrite(segments, block, again);
  t.true((await read(context, record)).equals(file));
  const wrapped = flippedAt(record.headerSize - 10)(again);
  await overwrite(segments, again, wrapped);
  t.true((await read(context, record)).equals(file));
  t.is(await context.blocks.get(parseCid(record.object)), null, "whoever asks for the block is not given it");
});

const late = fileOf(encodeElements([text(0x0008_0008, "CS", "DERIVED\\SECONDARY\\".repeat(300)), ...identity]));
const files: Record<string, { readonly file: Buffer; readonly held: boolean }> = {
  "an instance whose UID stands far behind": { file: late, held: false },
  "a deflated instance": { file: deflated(encodeElements([...identity])), held: true },
  "a small instance": { file: slices(1)[0] ?? late, held: true },
};
for (const [name, { file, held }] of Object.entries(files)) {
  test(`${name} is given as it came, ${held ? "in one go" : "read by its CID"}`, async (t) => {
    const { context } = await open(t);
    await store(context, [file]);
    const record = recordOf(context, file);
    t.is((await openHeld(context, record, await keyOf(context, record))) !== null, held);
    t.true((await read(context, record)).equals(file));
  });
}
