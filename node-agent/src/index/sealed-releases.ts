import type { Catalogue, ReleaseRecord } from "../ports/catalogue.ts";
import type { MemberId, StudyId } from "../model/ids.ts";
import { blob } from "./columns.ts";
import type { Database } from "./database.ts";
import type { RowSealer } from "./row-sealer.ts";

export type SealedReleases = Pick<Catalogue, "putRelease" | "release" | "deleteReleases">;

type Kept = Omit<ReleaseRecord, "wrappedKey"> & { readonly wrappedKey: string };

/** Wrapped keys made for requesters, by request. The caller provides the transaction. */
export function createSealedReleases(database: Database, sealer: RowSealer, studyKey: (study: StudyId) => Buffer): SealedReleases {
  const partyKey = (study: StudyId, requester: MemberId): Buffer => sealer.hash("release to", study, String(requester));
  return {
    putRelease: (record) => {
      const key = sealer.hash("request", record.request);
      const kept: Kept = { ...record, wrappedKey: Buffer.from(record.wrappedKey).toString("base64") };
      database
        .statement("INSERT INTO releases (key, study, party, sealed) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE SET study = ?2, party = ?3, sealed = ?4")
        .run(key, studyKey(record.study), partyKey(record.study, record.requester), sealer.seal("releases", key, kept));
    },
    release: (request) => {
      const row = database.statement("SELECT key, sealed FROM releases WHERE key = ?").get(sealer.hash("request", request));
      if (row === undefined) return null;
      const kept = sealer.open<Kept>("releases", blob(row, "key"), blob(row, "sealed"));
      return { ...kept, wrappedKey: new Uint8Array(Buffer.from(kept.wrappedKey, "base64")) };
    },
    deleteReleases: (study, requester) => {
      if (requester === undefined) database.statement("DELETE FROM releases WHERE study = ?").run(studyKey(study));
      else database.statement("DELETE FROM releases WHERE party = ?").run(partyKey(study, requester));
    },
  };
}
