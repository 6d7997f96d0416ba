import { randomUUID } from "node:crypto";
import { generatePhantom } from "../../../../scripts/phantom/phantom.ts";
import { buildRoot, buildSeries } from "../../../../node-agent/src/flows/build-root.ts";
import type { HospitalContext } from "../../../../node-agent/src/flows/context.ts";
import { openStoreSession, type StoreOutcome } from "../../../../node-agent/src/flows/store-session.ts";
import type { StudyId } from "../../../../node-agent/src/model/ids.ts";
import type { StudyRecord } from "../../../../node-agent/src/ports/catalogue.ts";
import type { Town } from "./room.ts";

export const patient = { name: "Quellenberg^Perpetua", id: "FID-0000-4711", birthDate: "19620309", sex: "F" } as const;

export const slices = (count: number, size = 32, seed: string = randomUUID()): Buffer[] =>
  [...generatePhantom({ slices: count, size, seed, repertoire: "ISO_IR 192", patient })].map((file) => file.bytes);

/** The bytes in pieces of at most `piece`, each in a buffer that is overwritten afterwards: as a parser that reuses its memory. */
export async function* pieces(bytes: Uint8Array, piece = 10_007): AsyncGenerator<Uint8Array, void, undefined> {
  const shared = Buffer.alloc(piece);
  for (let at = 0; at < bytes.length; at += piece) {
    const part = bytes.subarray(at, at + piece);
    shared.set(part);
    yield shared.subarray(0, part.length);
    shared.fill(0xee);
  }
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(Uint8Array.from(part));
  return Buffer.concat(parts);
}

export async function store(context: HospitalContext, files: readonly Uint8Array[]): Promise<readonly StoreOutcome[]> {
  const session = await openStoreSession(context, {});
  for (const file of files) await session.add(pieces(file));
  return await session.commit();
}

export function onlyStudy(context: HospitalContext): StudyRecord {
  const [study, ...more] = context.catalogue.studies();
  if (study === undefined || more.length > 0) throw new Error(`one study was expected, there are ${more.length + (study === undefined ? 0 : 1)}`);
  return study;
}

/** Builds the root of a stored study and tells every index that it is registered, as `shareStudy` does by way of the chain. */
export async function publish(town: Town, context: HospitalContext, id: StudyId): Promise<StudyRecord> {
  const study = context.catalogue.study(id);
  if (study === null || study.patient === null) throw new Error("no such study");
  const instances = context.catalogue.instances(id);
  const root = await buildRoot(context, study, 1, instances, await buildSeries(context, study, instances));
  context.catalogue.updateStudy(id, { root, version: 1, state: "registered" });
  town.tell([{ kind: "StudyRegistered", study: id, custodian: context.self.member, patient: study.patient, root }]);
  return { ...study, root, version: 1, state: "registered" };
}
