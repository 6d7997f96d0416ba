import type { StudyId, Uid } from "../model/ids.ts";
import { fault } from "../model/fault.ts";
import type { Attributes, Catalogue, ExactKeys, StudyRecord } from "../ports/catalogue.ts";
import { blob } from "./columns.ts";
import type { Database } from "./database.ts";
import type { RowSealer } from "./row-sealer.ts";

/** Studies: sealed rows, all of them decrypted in memory for wildcard and range search (about 5 KB each). */
export type SealedStudies = {
  put(record: StudyRecord): void;
  update(study: StudyId, change: Partial<StudyRecord>): void;
  remove(study: StudyId): void;
  get(study: StudyId): StudyRecord | null;
  byUid(uid: Uid): StudyRecord | null;
  list(filter: Parameters<Catalogue["studies"]>[0]): StudyRecord[];
  keyOf(study: StudyId): Buffer;
  /** Reads the rows anew when next asked: after a transaction that did not happen. */
  forget(): void;
};

type Kept = Omit<StudyRecord, "wrappedKey"> & { readonly wrappedKey: string | null };
type Cache = { readonly byStudy: Map<StudyId, StudyRecord>; readonly byKey: Map<string, StudyRecord> };

const table = "studies";
const patientIdTag = "00100020";
const accessionTag = "00080050";

const kept = (record: StudyRecord): Kept => ({ ...record, wrappedKey: record.wrappedKey === null ? null : Buffer.from(record.wrappedKey).toString("base64") });
const given = (row: Kept): StudyRecord => ({ ...row, wrappedKey: row.wrappedKey === null ? null : new Uint8Array(Buffer.from(row.wrappedKey, "base64")) });

/** Padding spaces around LO and SH values mean nothing (PS3.5 section 6.2). */
function firstText(attributes: Attributes, tag: string): string | null {
  const value = attributes[tag]?.Value?.[0];
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

export function createSealedStudies(database: Database, sealer: RowSealer): SealedStudies {
  const upsert = database.statement(`INSERT INTO studies (key, uid, patient_id, accession, address, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (key) DO UPDATE SET uid = ?2, patient_id = ?3, accession = ?4, address = ?5, sealed = ?6`);
  const keyOf = (study: StudyId): Buffer => sealer.hash("study", study);
  const hashOrNull = (field: string, value: string | null): Buffer | null => (value === null ? null : sealer.hash(field, value));
  const name = (key: Uint8Array): string => Buffer.from(key).toString("base64");
  let cache: Cache | null = null;

  const load = (): Cache => {
    if (cache !== null) return cache;
    const fresh: Cache = { byStudy: new Map(), byKey: new Map() };
    for (const row of database.statement("SELECT key, sealed FROM studies").iterate()) {
      const key = blob(row, "key");
      remember(fresh, key, given(sealer.open<Kept>(table, key, blob(row, "sealed"))));
    }
    cache = fresh;
    return fresh;
  };
  const remember = (into: Cache, key: Uint8Array, record: StudyRecord): void => {
    into.byStudy.set(record.study, record);
    into.byKey.set(name(key), record);
  };
  const put = (record: StudyRecord): void => {
    const { byStudy } = load();
    const key = keyOf(record.study);
    const row = kept(record);
    const { attributes, study, uid, patient } = record;
    const patientId = hashOrNull("patient id", firstText(attributes, patientIdTag));
    const accession = hashOrNull("accession", firstText(attributes, accessionTag));
    if (byStudy.get(study)?.uid !== uid && byUid(uid) !== null) throw fault("CATALOGUE_UID_TAKEN", { level: "study", study: byUid(uid)?.study ?? study });
    upsert.run(key, sealer.hash("study uid", uid), patientId, accession, hashOrNull("address", patient), sealer.seal(table, key, row));
    // A copy of its own: what the caller does to the record afterwards is not what is stored.
    remember(load(), key, given(JSON.parse(JSON.stringify(row)) as Kept));
  };
  const byUid = (uid: Uid): StudyRecord | null => {
    const { byKey } = load();
    const row = database.statement("SELECT key FROM studies WHERE uid = ?").get(sealer.hash("study uid", uid));
    return row === undefined ? null : (byKey.get(name(blob(row, "key"))) ?? null);
  };
  const matching = (keys: ExactKeys): StudyRecord[] => {
    const conditions: string[] = [];
    const values: (Uint8Array | string)[] = [];
    const equal = (column: string, field: string, value: string | undefined): void => {
      if (value === undefined) return;
      conditions.push(`${column} = ?`);
      values.push(sealer.hash(field, value));
    };
    equal("patient_id", "patient id", keys.patientId?.trim());
    equal("accession", "accession", keys.accessionNumber?.trim());
    equal("uid", "study uid", keys.studyUid);
    if (keys.patients !== undefined) {
      conditions.push("address IN (SELECT unhex(value) FROM json_each(?))");
      values.push(JSON.stringify(keys.patients.map((patient) => sealer.hash("address", patient).toString("hex"))));
    }
    const { byStudy, byKey } = load();
    if (conditions.length === 0) return [...byStudy.values()];
    const rows = database.statement(`SELECT key FROM studies WHERE ${conditions.join(" AND ")}`).all(...values);
    return rows.map((row) => byKey.get(name(blob(row, "key")))).filter((record) => record !== undefined);
  };

  return {
    put,
    byUid,
    keyOf,
    update: (study, change) => {
      const record = load().byStudy.get(study);
      if (record === undefined) throw fault("CATALOGUE_UNKNOWN_STUDY", { study });
      put({ ...record, ...change, study, uid: record.uid });
    },
    remove: (study) => {
      const { byStudy, byKey } = load();
      const key = keyOf(study);
      database.statement("DELETE FROM studies WHERE key = ?").run(key);
      byStudy.delete(study);
      byKey.delete(name(key));
    },
    get: (study) => load().byStudy.get(study) ?? null,
    list: (filter) => {
      const { keys = {}, states, role } = filter ?? {};
      return matching(keys)
        .filter((record) => (states === undefined || states.includes(record.state)) && (role === undefined || record.role === role))
        .sort((one, two) => two.touchedAt - one.touchedAt);
    },
    forget: () => {
      cache = null;
    },
  };
}
