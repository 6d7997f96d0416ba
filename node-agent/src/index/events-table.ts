import type { LedgerEvent } from "../model/ledger-events.ts";
import { bytesOf, Damage, type Hex } from "./columns.ts";
import type { Database } from "./database.ts";
import { decodeEvent } from "./decode-event.ts";
import { encodeEvent } from "./encode-event.ts";
import { eventKinds } from "./event-row.ts";
import type { IdsTable } from "./ids-table.ts";
import { logsPerBlock } from "./ledger-schema.ts";
import type { RequestsTable } from "./requests-table.ts";
import type { StudiesTable } from "./studies-table.ts";

export type EventsTable = {
  /** Keeps an event, after the views have taken it in: whom it concerns may have to be looked up there. */
  insert(event: LedgerEvent): void;
  event(seq: number): LedgerEvent;
};

export const seqOf = (position: { readonly block: number; readonly logIndex: number }): number => position.block * logsPerBlock + position.logIndex;

const kindNumber = new Map<string, number>(eventKinds.map((kind, index) => [kind, index]));

/** All events. Events that name only a study or a request are filed under its patient and both parties too, so that everybody's history is whole. */
export function createEventsTable(database: Database, ids: IdsTable, studies: StudiesTable, requests: RequestsTable): EventsTable {
  const insert = database.statement(`INSERT INTO events (seq, kind, timestamp, tx, study, patient, request, m1, m2, m3, n1, n2, n3, digest, account, rest)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const select = database.statement(`SELECT e.*, s.value AS study, p.value AS patient, r.value AS request, a.value AS account FROM events e
    LEFT JOIN ids s ON s.no = e.study LEFT JOIN ids p ON p.no = e.patient LEFT JOIN ids r ON r.no = e.request LEFT JOIN ids a ON a.no = e.account
    WHERE e.seq = ?`);
  const number = (id: Hex | null): number | null => (id === null ? null : ids.number(id));
  const bytes = (digest: Hex | null): Uint8Array | null => (digest === null ? null : bytesOf(digest));
  return {
    insert: (event) => {
      const row = encodeEvent(event);
      const study = number(row.study);
      const request = number(row.request);
      let patient = number(row.patient);
      let { m2, m3 } = row;
      if (patient === null && study !== null) patient = studies.parties(study)?.patient ?? null;
      if (event.kind === "AccessDisputed" || event.kind === "AccessReviewed") {
        const parties = request === null ? null : requests.parties(request);
        m2 = parties?.requester ?? null;
        m3 = parties?.custodian ?? null;
      } else if (event.kind === "ConsentGranted" || event.kind === "ConsentRevoked") {
        m3 = study === null ? null : (studies.parties(study)?.custodian ?? null);
      }
      const kind = kindNumber.get(event.kind) ?? -1;
      const { m1, n1, n2, n3 } = row;
      const account = number(row.account);
      insert.run(seqOf(event), kind, event.timestamp, bytesOf(event.transaction), study, patient, request, m1, m2, m3, n1, n2, n3, bytes(row.digest), account, row.rest);
    },
    event: (seq) => {
      const row = select.get(seq);
      if (row === undefined) throw new Damage("an index names an event that is not there");
      return decodeEvent(row);
    },
  };
}
