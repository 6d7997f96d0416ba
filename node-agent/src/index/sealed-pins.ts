import type { MemberId, StudyId } from "../model/ids.ts";
import type { Catalogue, PinRecord } from "../ports/catalogue.ts";
import { blob } from "./columns.ts";
import type { Database } from "./database.ts";
import type { RowSealer } from "./row-sealer.ts";

export type SealedPins = Pick<Catalogue, "putPin" | "pins" | "deletePin">;

/** Replicas: one row per study and holder, the newest root replacing an older one. The caller provides the transaction. */
export function createSealedPins(database: Database, sealer: RowSealer, studyKey: (study: StudyId) => Buffer): SealedPins {
  const keyOf = (study: StudyId, holder: MemberId): Buffer => sealer.hash("pin", study, String(holder));
  return {
    putPin: (record) => {
      const key = keyOf(record.study, record.holder);
      database
        .statement("INSERT INTO pins (key, study, owner, holder, sealed) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (key) DO UPDATE SET owner = ?3, sealed = ?5")
        .run(key, studyKey(record.study), record.owner, record.holder, sealer.seal("pins", key, record));
    },
    pins: ({ study, owner, holder }) => {
      const conditions: string[] = [];
      const values: (Uint8Array | number)[] = [];
      const equal = (column: string, value: Uint8Array | number | undefined): void => {
        if (value === undefined) return;
        conditions.push(`${column} = ?`);
        values.push(value);
      };
      equal("study", study === undefined ? undefined : studyKey(study));
      equal("owner", owner);
      equal("holder", holder);
      const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
      const rows = database.statement(`SELECT key, sealed FROM pins ${where} ORDER BY rowid`).all(...values);
      return rows.map((row) => sealer.open<PinRecord>("pins", blob(row, "key"), blob(row, "sealed")));
    },
    deletePin: (study, holder) => void database.statement("DELETE FROM pins WHERE key = ?").run(keyOf(study, holder)),
  };
}
