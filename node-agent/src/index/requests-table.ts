import { address, digest, memberId, type RequestId, requestId, studyId } from "../model/ids.ts";
import { denialReasons, type RequestState, type RequestView, requestStates, type ReviewState, reviewStates } from "../model/ledger-views.ts";
import { purposes } from "../model/purpose.ts";
import type { LedgerIndex } from "../ports/ledger-index.ts";
import { bytesOf, hex, integer, integerOrNull, named, type Row } from "./columns.ts";
import type { Database } from "./database.ts";
import type { IdsTable } from "./ids-table.ts";

export type RequestFilter = Parameters<LedgerIndex["requests"]>[0];
/** Who a request concerns, by their numbers. */
export type RequestParties = { readonly requester: number; readonly custodian: number; readonly patient: number; readonly emergency: boolean };

export type RequestsTable = {
  open(request: number, study: number, patient: number, view: Omit<RequestView, "id" | "study" | "patient" | "keyDigest">): void;
  setState(request: number, state: RequestState): void;
  setDelivered(request: number, keyDigest: NonNullable<RequestView["keyDigest"]>): void;
  setReview(request: number, review: ReviewState, accused: number): void;
  parties(request: number): RequestParties | null;
  request(id: RequestId): RequestView | null;
  requests(filter: RequestFilter): RequestView[];
};

const columns = `r.requester, r.custodian, r.purpose, r.state, r.reason, r.emergency, r.review, r.requested_at, r.due_by, r.accused, r.key_digest,
  i.value AS id, s.value AS study, p.value AS patient
  FROM requests r JOIN ids i ON i.no = r.request JOIN ids s ON s.no = r.study JOIN ids p ON p.no = r.patient`;

function viewOf(row: Row): RequestView {
  const accused = integerOrNull(row, "accused");
  return {
    id: requestId(hex(row, "id")),
    study: studyId(hex(row, "study")),
    requester: memberId(integer(row, "requester")),
    custodian: memberId(integer(row, "custodian")),
    patient: address(hex(row, "patient")),
    purpose: named(purposes, integer(row, "purpose")),
    state: named(requestStates, integer(row, "state")),
    reason: named(denialReasons, integer(row, "reason")),
    emergency: integer(row, "emergency") === 1,
    review: named(reviewStates, integer(row, "review")),
    requestedAt: integer(row, "requested_at"),
    dueBy: integer(row, "due_by"),
    accused: accused === null ? null : memberId(accused),
    keyDigest: row["key_digest"] === null ? null : digest(hex(row, "key_digest")),
  };
}

/** Access requests by id and by everyone they concern. Listings are newest first: numbers are given in order of appearance. */
export function createRequestsTable(database: Database, ids: IdsTable): RequestsTable {
  const insert = database.statement(`INSERT OR REPLACE INTO requests (request, study, patient, requester, custodian, purpose, state, reason, emergency, review,
    requested_at, due_by, accused) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const setState = database.statement("UPDATE requests SET state = ? WHERE request = ?");
  const setDelivered = database.statement(`UPDATE requests SET state = ${requestStates.indexOf("delivered")}, key_digest = ? WHERE request = ?`);
  const setReview = database.statement("UPDATE requests SET review = ?, accused = ? WHERE request = ?");
  const selectParties = database.statement("SELECT requester, custodian, patient, emergency FROM requests WHERE request = ?");
  return {
    open: (request, study, patient, view) =>
      void insert.run(
        request,
        study,
        patient,
        view.requester,
        view.custodian,
        purposes.indexOf(view.purpose),
        requestStates.indexOf(view.state),
        denialReasons.indexOf(view.reason),
        view.emergency ? 1 : 0,
        reviewStates.indexOf(view.review),
        view.requestedAt,
        view.dueBy,
        view.accused,
      ),
    setState: (request, state) => void setState.run(requestStates.indexOf(state), request),
    setDelivered: (request, keyDigest) => void setDelivered.run(bytesOf(keyDigest), request),
    setReview: (request, review, accused) => void setReview.run(reviewStates.indexOf(review), accused, request),
    parties: (request) => {
      const row = selectParties.get(request);
      if (row === undefined) return null;
      return { requester: integer(row, "requester"), custodian: integer(row, "custodian"), patient: integer(row, "patient"), emergency: integer(row, "emergency") === 1 };
    },
    request: (id) => {
      const no = ids.find(id);
      const row = no === null ? undefined : database.statement(`SELECT ${columns} WHERE r.request = ?`).get(no);
      return row === undefined ? null : viewOf(row);
    },
    requests: (filter) => {
      const { conditions, values } = conditionsOf(filter, ids);
      const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
      const limit = filter.limit === undefined ? -1 : Math.max(0, Math.floor(filter.limit));
      return database.statement(`SELECT ${columns} ${where} ORDER BY r.request DESC LIMIT ?`).all(...values, limit).map(viewOf);
    },
  };
}

function conditionsOf(filter: RequestFilter, ids: IdsTable): { readonly conditions: string[]; readonly values: (number | string)[] } {
  const conditions: string[] = [];
  const values: (number | string)[] = [];
  const equal = (column: string, value: number | undefined): void => {
    if (value === undefined) return;
    conditions.push(`${column} = ?`);
    values.push(value);
  };
  equal("r.study", filter.study === undefined ? undefined : (ids.find(filter.study) ?? -1));
  equal("r.requester", filter.requester);
  equal("r.custodian", filter.custodian);
  if (filter.patients !== undefined) {
    conditions.push("r.patient IN (SELECT value FROM json_each(?))");
    values.push(JSON.stringify(filter.patients.map(ids.find).filter((no) => no !== null)));
  }
  // Numbers of closed lists, written out so that the partial indexes can be used.
  if (filter.states !== undefined) conditions.push(`r.state IN (${filter.states.map((state) => requestStates.indexOf(state)).join(", ")})`);
  if (filter.review !== undefined) conditions.push(`r.review = ${reviewStates.indexOf(filter.review)}`);
  return { conditions, values };
}
