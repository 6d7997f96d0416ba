import { type Address, address, digest, type Digest, type MemberId, memberId, type StudyId, studyId } from "../model/ids.ts";
import type { StudyView } from "../model/ledger-views.ts";
import { bytesOf, hex, integer, type Row } from "./columns.ts";
import type { Database } from "./database.ts";
import type { IdsTable } from "./ids-table.ts";

/** Who a study concerns, by their numbers. */
export type StudyParties = { readonly custodian: number; readonly patient: number };

export type StudiesTable = {
  register(study: number, custodian: MemberId, patient: number, root: Digest, at: number): void;
  supersede(study: number, root: Digest, version: number): void;
  withdraw(study: number): void;
  parties(study: number): StudyParties | null;
  study(id: StudyId): StudyView | null;
  studies(filter: { readonly custodian?: MemberId; readonly patients?: readonly Address[]; readonly consentedTo?: MemberId; readonly at?: number }): StudyView[];
};

const columns = `s.custodian, s.root, s.version, s.status, s.registered_at, i.value AS id, p.value AS patient
  FROM studies s JOIN ids i ON i.no = s.study JOIN ids p ON p.no = s.patient`;

const active = 0;
const withdrawn = 1;

function viewOf(row: Row): StudyView {
  return {
    id: studyId(hex(row, "id")),
    custodian: memberId(integer(row, "custodian")),
    patient: address(hex(row, "patient")),
    root: digest(hex(row, "root")),
    version: integer(row, "version"),
    status: integer(row, "status") === active ? "active" : "withdrawn",
    registeredAt: integer(row, "registered_at"),
  };
}

/** A grantee's own revocation also closes what is open to any hospital (ConsentRegistry.check), hence the second half. */
const consented = `s.status = ${active} AND EXISTS (SELECT 1 FROM consents c WHERE c.study = s.study AND c.class > 0 AND c.grantee IN (0, ?)
    AND c.not_before <= ? AND c.expiry > ?)
  AND NOT EXISTS (SELECT 1 FROM consents r WHERE r.study = s.study AND r.grantee = ? AND r.class = 0)`;
/** The same studies, found from the consents' side: few studies are open to anybody, many may be registered. */
const openTo = "s.study IN (SELECT study FROM consents WHERE grantee IN (0, ?) AND class > 0 AND expiry > ?)";

/** Studies by id, custodian, patient address and standing consent. */
export function createStudiesTable(database: Database, ids: IdsTable): StudiesTable {
  const insert = database.statement("INSERT OR REPLACE INTO studies (study, custodian, patient, root, version, status, registered_at) VALUES (?, ?, ?, ?, 1, 0, ?)");
  const update = database.statement("UPDATE studies SET root = ?, version = ? WHERE study = ?");
  const end = database.statement(`UPDATE studies SET status = ${withdrawn} WHERE study = ?`);
  const selectParties = database.statement("SELECT custodian, patient FROM studies WHERE study = ?");
  return {
    register: (study, custodian, patient, root, at) => void insert.run(study, custodian, patient, bytesOf(root), at),
    supersede: (study, root, version) => void update.run(bytesOf(root), version, study),
    withdraw: (study) => void end.run(study),
    parties: (study) => {
      const row = selectParties.get(study);
      return row === undefined ? null : { custodian: integer(row, "custodian"), patient: integer(row, "patient") };
    },
    study: (id) => {
      const no = ids.find(id);
      const row = no === null ? undefined : database.statement(`SELECT ${columns} WHERE s.study = ?`).get(no);
      return row === undefined ? null : viewOf(row);
    },
    studies: ({ custodian, patients, consentedTo, at }) => {
      const conditions: string[] = [];
      const values: (number | string)[] = [];
      if (custodian !== undefined) {
        conditions.push("s.custodian = ?");
        values.push(custodian);
      }
      if (patients !== undefined) {
        conditions.push("s.patient IN (SELECT value FROM json_each(?))");
        values.push(JSON.stringify(patients.map(ids.find).filter((no) => no !== null)));
      }
      if (consentedTo !== undefined) {
        // Without a moment: whatever was granted and not revoked, whenever it holds.
        const [opened, closing] = at === undefined ? [Number.MAX_SAFE_INTEGER, -1] : [at, at];
        conditions.push(openTo, consented);
        values.push(consentedTo, closing, consentedTo, opened, closing, consentedTo);
      }
      const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
      return database.statement(`SELECT ${columns} ${where} ORDER BY s.study`).all(...values).map(viewOf);
    },
  };
}
