import { fault } from "../model/fault.ts";
import { blob } from "./columns.ts";
import type { Database } from "./database.ts";
import type { RowSealer } from "./row-sealer.ts";

const version = 1;

/**
 * Every BLOB but `sealed` is a keyed hash. Study ids and addresses are hashed too although they are public on the chain: in the clear
 * they would tell the finder of a disk which studies of the chain belong to one patient.
 */
const schema = `
  CREATE TABLE meta (key BLOB PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
  CREATE TABLE studies (key BLOB PRIMARY KEY, uid BLOB NOT NULL UNIQUE, patient_id BLOB, accession BLOB, address BLOB, sealed BLOB NOT NULL) STRICT;
  CREATE INDEX studies_patient_id ON studies (patient_id) WHERE patient_id IS NOT NULL;
  CREATE INDEX studies_accession ON studies (accession) WHERE accession IS NOT NULL;
  CREATE INDEX studies_address ON studies (address) WHERE address IS NOT NULL;
  CREATE TABLE instances (key BLOB PRIMARY KEY, study BLOB NOT NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
  CREATE INDEX instances_study ON instances (study, number);
  CREATE TABLE patients (key BLOB PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
  CREATE TABLE addresses (key BLOB PRIMARY KEY, patient BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
  CREATE INDEX addresses_patient ON addresses (patient);
  CREATE TABLE releases (key BLOB PRIMARY KEY, study BLOB NOT NULL, party BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
  CREATE INDEX releases_study ON releases (study);
  CREATE INDEX releases_party ON releases (party);
  CREATE TABLE pins (key BLOB PRIMARY KEY, study BLOB NOT NULL, owner INTEGER NOT NULL, holder INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
  CREATE INDEX pins_study ON pins (study);
  CREATE INDEX pins_owner ON pins (owner);
  CREATE INDEX pins_holder ON pins (holder);
  PRAGMA user_version = ${version};
`;

const proof = "fiducial catalogue";

/**
 * Makes the tables in an empty database, or checks a kept one: its version and that this key sealed it.
 * Throws CATALOGUE_VERSION and CATALOGUE_WRONG_KEY; nothing is ever deleted, because patients' next indexes are not on the chain.
 */
export function prepareCatalogue(database: Database, sealer: RowSealer): void {
  const found = database.number("PRAGMA user_version");
  const key = sealer.hash("meta", "proof");
  if (found === 0) {
    database.transaction(() => {
      database.sqlite.exec(schema);
      database.statement("INSERT INTO meta (key, sealed) VALUES (?, ?)").run(key, sealer.seal("meta", key, proof));
    });
    return;
  }
  if (found !== version) throw fault("CATALOGUE_VERSION", { found, known: version });
  const row = database.statement("SELECT sealed FROM meta WHERE key = ?").get(key);
  // The hash is keyed: under another key there is no such row.
  if (row === undefined) throw fault("CATALOGUE_WRONG_KEY", {});
  sealer.open("meta", key, blob(row, "sealed"));
}
