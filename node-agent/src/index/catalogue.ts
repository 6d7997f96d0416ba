import { fault } from "../model/fault.ts";
import type { StudyId } from "../model/ids.ts";
import type { Catalogue, StudyRecord } from "../ports/catalogue.ts";
import { prepareCatalogue } from "./catalogue-schema.ts";
import { Damage } from "./columns.ts";
import { type Database, isCorruption, openDatabase, sqliteCode, unusable } from "./database.ts";
import { createRowSealer } from "./row-sealer.ts";
import { createSealedInstances } from "./sealed-instances.ts";
import { createSealedPatients } from "./sealed-patients.ts";
import { createSealedPins } from "./sealed-pins.ts";
import { createSealedReleases } from "./sealed-releases.ts";
import { createSealedStudies } from "./sealed-studies.ts";

const ended: readonly StudyRecord["state"][] = ["dropped", "withdrawn"];

/**
 * Opens the sealed catalogue, making it when absent; `indexKey` (32 bytes) comes from the keyring. A returned write survives a power
 * cut. Throws CATALOGUE_WRONG_KEY, CATALOGUE_VERSION, CATALOGUE_DAMAGED, DATABASE_IN_USE, DATABASE_UNUSABLE.
 */
export function openCatalogue(file: string, options: { readonly indexKey: Uint8Array }): Catalogue {
  const sealer = createRowSealer(options.indexKey);
  const database = guarded(() => openDatabase(file, { what: "catalogue", synchronous: "FULL", secureDelete: true, cacheKibibytes: 32 * 1024, logPages: 4000 }));
  try {
    guarded(() => prepareCatalogue(database, sealer));
    return createCatalogue(database, sealer);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Gives SQLite's own errors the catalogue's words; every other error passes as it is. */
function guarded<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (error instanceof Damage) throw fault("CATALOGUE_DAMAGED", { table: "a row", why: error.message }, error);
    if (sqliteCode(error) === null) throw error;
    if (isCorruption(error)) throw fault("CATALOGUE_DAMAGED", { table: "the file", why: "a page does not hold what was written" }, error);
    throw unusable("catalogue", error);
  }
}

function createCatalogue(database: Database, sealer: ReturnType<typeof createRowSealer>): Catalogue {
  const studies = createSealedStudies(database, sealer);
  const instances = createSealedInstances(database, sealer, studies.keyOf);
  const patients = createSealedPatients(database, sealer);
  const releases = createSealedReleases(database, sealer, studies.keyOf);
  const pins = createSealedPins(database, sealer, studies.keyOf);
  let [inTransaction, keysDeleted] = [false, false];

  const transaction = <Value>(work: () => Value): Value => {
    if (inTransaction) throw fault("CATALOGUE_TRANSACTION", { why: "transactions are not nested" });
    inTransaction = true;
    try {
      const value = guarded(() =>
        database.transaction(() => {
          const given = work();
          if (given instanceof Promise) throw fault("CATALOGUE_TRANSACTION", { why: "the work goes on after it has returned a promise" });
          return given;
        }),
      );
      // Deleted keys are zeroed in the file by secure_delete, but stay readable in the log until it is emptied.
      if (keysDeleted) guarded(() => database.sqlite.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
      return value;
    } catch (error) {
      studies.forget();
      instances.forget();
      throw error;
    } finally {
      inTransaction = false;
      keysDeleted = false;
    }
  };
  /** Every write is in a transaction: the caller's, or one of its own. */
  const write = <Arguments extends readonly unknown[], Value>(work: (...given: Arguments) => Value) => (...given: Arguments): Value =>
    inTransaction ? work(...given) : transaction(() => work(...given));
  const read = <Arguments extends readonly unknown[], Value>(work: (...given: Arguments) => Value) => (...given: Arguments): Value => guarded(() => work(...given));
  const known = (study: StudyId): void => {
    if (studies.get(study) === null) throw fault("CATALOGUE_UNKNOWN_STUDY", { study });
  };

  return {
    transaction,
    putStudy: write((record) => {
      const holder = studies.byUid(record.uid);
      // A study that has ended gives its UID up: a dropped copy must not keep the same study from being stored here first-hand.
      if (holder !== null && holder.study !== record.study && ended.includes(holder.state)) {
        instances.removeAll(holder.study);
        studies.remove(holder.study);
        keysDeleted = true;
      }
      studies.put(record);
    }),
    updateStudy: write((study, change) => {
      if (change.wrappedKey === null) keysDeleted = true;
      studies.update(study, change);
    }),
    study: read(studies.get),
    studyByUid: read(studies.byUid),
    studies: read(studies.list),
    putInstances: write((records) => {
      for (const study of new Set(records.map((record) => record.study))) known(study);
      instances.put(records);
    }),
    instanceByUid: read(instances.byUid),
    instances: read(instances.list),
    dropStudy: write((study, because) => {
      known(study);
      instances.removeAll(study);
      // What names the patient goes with the images; the UID stays, so that whoever asks is told why.
      studies.update(study, { state: "dropped", wrappedKey: null, droppedBecause: because, attributes: {} });
      keysDeleted = true;
    }),
    patient: read(patients.patient),
    putPatient: write(patients.putPatient),
    patients: read(patients.patients),
    takeIndex: write(patients.takeIndex),
    patientAddresses: read(patients.patientAddresses),
    putPatientAddress: write(patients.putPatientAddress),
    patientOf: read(patients.patientOf),
    putRelease: write(releases.putRelease),
    release: read(releases.release),
    deleteReleases: write((study, requester) => {
      releases.deleteReleases(study, requester);
      keysDeleted = true;
    }),
    putPin: write(pins.putPin),
    pins: read(pins.pins),
    deletePin: write(pins.deletePin),
    close: database.close,
  };
}
