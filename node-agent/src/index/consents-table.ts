import { type Address, address, type MemberId, memberId, type StudyId } from "../model/ids.ts";
import type { ConsentClass, ConsentView } from "../model/ledger-views.ts";
import { type Purpose, purposeMask, purposesOf } from "../model/purpose.ts";
import { hex, integer, named, type Row } from "./columns.ts";
import type { Database } from "./database.ts";
import { consentClasses } from "./event-row.ts";
import type { IdsTable } from "./ids-table.ts";

export type Grant = {
  readonly purposes: readonly Purpose[];
  readonly notBefore: number;
  readonly expiry: number;
  readonly class: ConsentClass;
  readonly creditAccount: Address;
};

export type ConsentsTable = {
  grant(study: number, grantee: MemberId, grant: Grant): void;
  revoke(study: number, grantee: MemberId): void;
  consent(study: StudyId, grantee: MemberId): ConsentView | null;
  consents(study: StudyId): ConsentView[];
  /** As ConsentRegistry.check decides; null when nothing covers the purpose. */
  consentFor(study: StudyId, grantee: MemberId, purpose: Purpose, at: number): ConsentView | null;
};

const anyHospital = memberId(0);
/** A revoked slot keeps its row: it stands against consents for any hospital. */
const revoked = 0;
const columns = "c.grantee, c.class, c.purposes, c.not_before, c.expiry, a.value AS account FROM consents c LEFT JOIN ids a ON a.no = c.account";

/** Consents: one slot per (study, grantee), as on the chain. */
export function createConsentsTable(database: Database, ids: IdsTable): ConsentsTable {
  const put = database.statement("INSERT OR REPLACE INTO consents (study, grantee, class, purposes, not_before, expiry, account) VALUES (?, ?, ?, ?, ?, ?, ?)");
  const select = database.statement(`SELECT ${columns} WHERE c.study = ? AND c.grantee = ?`);
  const viewOf = (study: StudyId, row: Row): ConsentView => ({
    study,
    grantee: memberId(integer(row, "grantee")),
    purposes: purposesOf(integer(row, "purposes")),
    notBefore: integer(row, "not_before"),
    expiry: integer(row, "expiry"),
    class: named(consentClasses, integer(row, "class") - 1),
    creditAccount: address(hex(row, "account")),
  });
  const slot = (study: StudyId, grantee: MemberId): Row | undefined => {
    const no = ids.find(study);
    return no === null ? undefined : select.get(no, grantee);
  };
  const standing = (study: StudyId, row: Row | undefined): ConsentView | null =>
    row === undefined || integer(row, "class") === revoked ? null : viewOf(study, row);
  return {
    grant: (study, grantee, grant) =>
      void put.run(
        study,
        grantee,
        consentClasses.indexOf(grant.class) + 1,
        purposeMask(grant.purposes),
        grant.notBefore,
        grant.expiry,
        ids.number(grant.creditAccount),
      ),
    revoke: (study, grantee) => void put.run(study, grantee, revoked, 0, 0, 0, null),
    consent: (study, grantee) => standing(study, slot(study, grantee)),
    consents: (study) => {
      const no = ids.find(study);
      if (no === null) return [];
      const rows = database.statement(`SELECT ${columns} WHERE c.study = ? AND c.class > ${revoked} ORDER BY c.grantee`).all(no);
      return rows.map((row) => viewOf(study, row));
    },
    consentFor: (study, grantee, purpose, at) => {
      const covers = (view: ConsentView | null): view is ConsentView =>
        view !== null && view.notBefore <= at && at < view.expiry && view.purposes.includes(purpose);
      const own = slot(study, grantee);
      if (own !== undefined && integer(own, "class") === revoked) return null;
      const specific = standing(study, own);
      if (covers(specific)) return specific;
      const general = standing(study, slot(study, anyHospital));
      return covers(general) ? general : null;
    },
  };
}
