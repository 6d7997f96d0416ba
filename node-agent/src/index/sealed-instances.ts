import { fault } from "../model/fault.ts";
import type { StudyId, Uid } from "../model/ids.ts";
import type { Attributes, InstanceRecord } from "../ports/catalogue.ts";
import { blob, type Row } from "./columns.ts";
import type { Database } from "./database.ts";
import type { RowSealer } from "./row-sealer.ts";

export type SealedInstances = {
  put(records: readonly InstanceRecord[]): void;
  byUid(uid: Uid): InstanceRecord | null;
  list(study: StudyId, series?: Uid): InstanceRecord[];
  removeAll(study: StudyId): void;
  forget(): void;
};

const table = "instances";
/** Decrypted instances kept, over all studies (about 800 bytes each where the instances of a study are alike): the viewer of a study asks again and again. */
const mostCached = 20_000;

const same = (one: unknown, other: unknown): boolean => one === other || JSON.stringify(one) === JSON.stringify(other);

/** The record, with what it has in common with the one before it (most attributes of a slice) kept once for both: a third of the memory. */
function sharing(record: InstanceRecord, before: InstanceRecord | null): InstanceRecord {
  if (before === null) return record;
  const once = <Value>(value: Value, known: Value | undefined): Value => (known !== undefined && same(value, known) ? known : value);
  const attributes: Record<string, Attributes[string]> = { ...record.attributes };
  for (const [tag, element] of Object.entries(attributes)) attributes[tag] = once(element, before.attributes[tag]);
  return { ...record, study: once(record.study, before.study), series: once(record.series, before.series), transferSyntax: once(record.transferSyntax, before.transferSyntax), attributes };
}

/** Instances: one sealed row each; the lists of recently read studies stay decrypted in memory. */
export function createSealedInstances(database: Database, sealer: RowSealer, studyKey: (study: StudyId) => Buffer): SealedInstances {
  const upsert = database.statement(`INSERT INTO instances (key, study, number, sealed) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (key) DO UPDATE SET number = ?3, sealed = ?4 WHERE study = ?2`);
  const cache = new Map<StudyId, readonly InstanceRecord[]>();
  let cached = 0;

  const open = (row: Row): InstanceRecord => sealer.open<InstanceRecord>(table, blob(row, "key"), blob(row, "sealed"));
  const evict = (study: StudyId): void => {
    cached -= cache.get(study)?.length ?? 0;
    cache.delete(study);
  };
  const keep = (study: StudyId, records: readonly InstanceRecord[]): void => {
    evict(study);
    if (records.length > mostCached) return;
    cache.set(study, records);
    cached += records.length;
    for (const oldest of cache.keys()) {
      if (cached <= mostCached) break;
      evict(oldest);
    }
  };
  const byUid = (uid: Uid): InstanceRecord | null => {
    const row = database.statement("SELECT key, sealed FROM instances WHERE key = ?").get(sealer.hash("instance uid", uid));
    return row === undefined ? null : open(row);
  };
  const read = (study: StudyId): readonly InstanceRecord[] => {
    const records: InstanceRecord[] = [];
    for (const row of database.statement("SELECT key, sealed FROM instances WHERE study = ? ORDER BY number").iterate(studyKey(study))) records.push(sharing(open(row), records.at(-1) ?? null));
    return records;
  };
  const all = (study: StudyId): readonly InstanceRecord[] => {
    const known = cache.get(study);
    const records = known ?? read(study);
    // Asked for last, evicted last.
    keep(study, records);
    return records;
  };
  return {
    byUid,
    put: (records) => {
      const keys = new Map<StudyId, Buffer>();
      for (const record of records) {
        const study = keys.get(record.study) ?? studyKey(record.study);
        keys.set(record.study, study);
        const key = sealer.hash("instance uid", record.uid);
        const { changes } = upsert.run(key, study, record.number, sealer.seal(table, key, record));
        if (changes === 0) throw fault("CATALOGUE_UID_TAKEN", { level: "instance", study: byUid(record.uid)?.study ?? record.study });
      }
      for (const study of keys.keys()) evict(study);
    },
    list: (study, series) => (series === undefined ? [...all(study)] : all(study).filter((record) => record.series === series)),
    removeAll: (study) => {
      database.statement("DELETE FROM instances WHERE study = ?").run(studyKey(study));
      evict(study);
    },
    forget: () => {
      cache.clear();
      cached = 0;
    },
  };
}
