import { fault } from "../model/fault.ts";
import type { Address } from "../model/ids.ts";
import type { Catalogue, Patient } from "../ports/catalogue.ts";
import { blob } from "./columns.ts";
import type { Database } from "./database.ts";
import type { RowSealer } from "./row-sealer.ts";

export type SealedPatients = Pick<Catalogue, "patient" | "putPatient" | "patients" | "takeIndex" | "patientAddresses" | "putPatientAddress" | "patientOf">;

type KeptAddress = { readonly address: Address; readonly patientId: string; readonly issuer: string; readonly index: number | null };

/** Patients and the address of each of their studies. The caller provides the transaction. */
export function createSealedPatients(database: Database, sealer: RowSealer): SealedPatients {
  const select = database.statement("SELECT key, sealed FROM patients WHERE key = ?");
  const upsert = database.statement("INSERT INTO patients (key, sealed) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET sealed = ?2");
  const keyOf = (patientId: string, issuer: string): Buffer => sealer.hash("patient", patientId, issuer);
  const store = (patient: Patient): void => {
    const key = keyOf(patient.patientId, patient.issuer);
    upsert.run(key, sealer.seal("patients", key, patient));
  };
  const patient = (patientId: string, issuer: string): Patient | null => {
    const row = select.get(keyOf(patientId, issuer));
    return row === undefined ? null : sealer.open<Patient>("patients", blob(row, "key"), blob(row, "sealed"));
  };
  return {
    patient,
    putPatient: (record) => {
      const before = patient(record.patientId, record.issuer);
      // Indexes only rise under one wallet: a record read before another took an index must not bring a used address back.
      const nextIndex = before !== null && before.xpub === record.xpub ? Math.max(before.nextIndex, record.nextIndex) : record.nextIndex;
      store({ ...record, nextIndex });
    },
    patients: () => database.statement("SELECT key, sealed FROM patients ORDER BY rowid").all().map((row) => sealer.open<Patient>("patients", blob(row, "key"), blob(row, "sealed"))),
    takeIndex: (patientId, issuer) => {
      const record = patient(patientId, issuer);
      if (record === null) throw fault("CATALOGUE_UNKNOWN_PATIENT", {});
      if (record.xpub === null) throw fault("CATALOGUE_PATIENT_ON_PAPER", {});
      store({ ...record, nextIndex: record.nextIndex + 1 });
      return record.nextIndex;
    },
    patientAddresses: (patientId, issuer) =>
      database
        .statement("SELECT key, sealed FROM addresses WHERE patient = ? ORDER BY rowid")
        .all(keyOf(patientId, issuer))
        .map((row) => sealer.open<KeptAddress>("addresses", blob(row, "key"), blob(row, "sealed")).address),
    putPatientAddress: (address, patientId, issuer, index) => {
      const key = sealer.hash("address", address);
      const kept: KeptAddress = { address, patientId, issuer, index };
      database
        .statement("INSERT INTO addresses (key, patient, sealed) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET patient = ?2, sealed = ?3")
        .run(key, keyOf(patientId, issuer), sealer.seal("addresses", key, kept));
    },
    patientOf: (address) => {
      const row = database.statement("SELECT key, sealed FROM addresses WHERE key = ?").get(sealer.hash("address", address));
      if (row === undefined) return null;
      const { patientId, issuer, index } = sealer.open<KeptAddress>("addresses", blob(row, "key"), blob(row, "sealed"));
      return { patientId, issuer, index };
    },
  };
}
