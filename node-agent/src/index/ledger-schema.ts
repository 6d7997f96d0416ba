import type { Database } from "./database.ts";

/** Raised whenever a table changes: a file of another version is thrown away and rebuilt by replay. */
export const ledgerSchemaVersion = 3;

/** Rooms for log indices below a block number; with it 2^33 blocks fit into the 53 bits of a number. */
export const logsPerBlock = 2 ** 20;

/**
 * `ids` holds every 20- and 32-byte identifier once; all other tables name it by number. An event's `seq` is block * 2^20 + log index.
 * m1..m3 are the members concerned (named by the event, or party to what it is about), n1..n3 and the rest are the event's own fields
 * as `event-codec.ts` lays them out. Partial indexes: most kinds leave most columns empty.
 */
const schema = `
  CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), block INTEGER NOT NULL, hash BLOB NOT NULL, timestamp INTEGER NOT NULL,
    events INTEGER NOT NULL, unknown INTEGER NOT NULL, studies INTEGER NOT NULL, requests INTEGER NOT NULL) STRICT;
  CREATE TABLE reading (one INTEGER PRIMARY KEY CHECK (one = 1), contracts TEXT NOT NULL, events TEXT NOT NULL) STRICT;
  CREATE TABLE ids (no INTEGER PRIMARY KEY, value BLOB NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, timestamp INTEGER NOT NULL, tx BLOB NOT NULL,
    study INTEGER, patient INTEGER, request INTEGER, m1 INTEGER, m2 INTEGER, m3 INTEGER,
    n1 INTEGER, n2 INTEGER, n3 INTEGER, digest BLOB, account INTEGER, rest TEXT) STRICT;
  CREATE INDEX events_kind ON events (kind);
  CREATE INDEX events_study ON events (study) WHERE study IS NOT NULL;
  CREATE INDEX events_patient ON events (patient) WHERE patient IS NOT NULL;
  CREATE INDEX events_request ON events (request) WHERE request IS NOT NULL;
  CREATE INDEX events_m1 ON events (m1) WHERE m1 IS NOT NULL;
  CREATE INDEX events_m2 ON events (m2) WHERE m2 IS NOT NULL;
  CREATE INDEX events_m3 ON events (m3) WHERE m3 IS NOT NULL;
  CREATE TABLE members (id INTEGER PRIMARY KEY, status INTEGER NOT NULL, spki BLOB NOT NULL, view TEXT NOT NULL) STRICT;
  CREATE INDEX members_spki ON members (spki);
  CREATE TABLE studies (study INTEGER PRIMARY KEY, custodian INTEGER NOT NULL, patient INTEGER NOT NULL, root BLOB NOT NULL,
    version INTEGER NOT NULL, status INTEGER NOT NULL, registered_at INTEGER NOT NULL) STRICT;
  CREATE INDEX studies_custodian ON studies (custodian);
  CREATE INDEX studies_patient ON studies (patient);
  CREATE TABLE consents (study INTEGER NOT NULL, grantee INTEGER NOT NULL, class INTEGER NOT NULL, purposes INTEGER NOT NULL,
    not_before INTEGER NOT NULL, expiry INTEGER NOT NULL, account INTEGER, PRIMARY KEY (study, grantee)) STRICT, WITHOUT ROWID;
  CREATE INDEX consents_grantee ON consents (grantee, expiry);
  CREATE TABLE requests (request INTEGER PRIMARY KEY, study INTEGER NOT NULL, requester INTEGER NOT NULL, custodian INTEGER NOT NULL,
    patient INTEGER NOT NULL, purpose INTEGER NOT NULL, state INTEGER NOT NULL, reason INTEGER NOT NULL, emergency INTEGER NOT NULL,
    review INTEGER NOT NULL, requested_at INTEGER NOT NULL, due_by INTEGER NOT NULL, accused INTEGER, key_digest BLOB) STRICT;
  CREATE INDEX requests_study ON requests (study);
  CREATE INDEX requests_requester ON requests (requester);
  CREATE INDEX requests_custodian ON requests (custodian);
  CREATE INDEX requests_patient ON requests (patient);
  CREATE INDEX requests_open ON requests (state) WHERE state IN (1, 2);
  CREATE INDEX requests_review ON requests (review) WHERE review > 0;
  CREATE TABLE credits (subject TEXT PRIMARY KEY, score INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${ledgerSchemaVersion};
`;

/** Every table of what the events say, with the columns that order its rows; `reading` says by whom they were read. */
export const ledgerTables: readonly { readonly name: string; readonly order: string }[] = [
  { name: "state", order: "one" },
  { name: "ids", order: "no" },
  { name: "events", order: "seq" },
  { name: "members", order: "id" },
  { name: "studies", order: "study" },
  { name: "consents", order: "study, grantee" },
  { name: "requests", order: "request" },
  { name: "credits", order: "subject" },
];

/** Makes the tables in an empty database; returns false when the file is of another version. */
export function prepareLedgerSchema(database: Database): boolean {
  const version = database.number("PRAGMA user_version");
  if (version === ledgerSchemaVersion) return true;
  if (version !== 0 || database.number("SELECT count(*) FROM sqlite_schema") !== 0) return false;
  database.transaction(() => database.sqlite.exec(schema));
  return true;
}
