import { createHash } from "node:crypto";
import { join } from "node:path";
import { openCatalogue } from "../../../node-agent/src/index/catalogue.ts";
import { openDatabase } from "../../../node-agent/src/index/database.ts";
import { ledgerTables } from "../../../node-agent/src/index/ledger-schema.ts";
import { stateHash } from "../../../node-agent/src/index/state-hash.ts";
import type { Seat } from "./town.ts";

/** What is a function of chain, blocks and keyring, of a seat whose agent does not run: digests of the ledger index and of everything the catalogue holds of studies, instances and patients, in the clear. */
export type StateHash = { readonly ledger: string; readonly studies: number; readonly catalogue: string };

/** Object keys in order, so that equal content gives equal text however it came about. */
const ordered = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
    ? Object.fromEntries(Object.entries(value).sort(([one], [two]) => (one < two ? -1 : 1)))
    : value instanceof Uint8Array
      ? Buffer.from(value).toString("hex")
      : value;

/** Opens a stopped agent's databases and digests them. Times of the last touch are left out: they tell when, not what. */
export function stateOf(seat: Seat): StateHash {
  const index = openDatabase(join(seat.dataDir, "ledger-index.sqlite"), { what: "ledger index", synchronous: "NORMAL", secureDelete: false, cacheKibibytes: 1024, logPages: 1000 });
  // How far the chain has been read differs, for it goes on; what it said of us does not.
  const ledger = stateHash(index, ledgerTables.filter(({ name }) => name !== "state"));
  index.close();
  const catalogue = openCatalogue(join(seat.dataDir, "catalogue.sqlite"), { indexKey: seat.keyring.indexKey });
  const studies = catalogue
    .studies()
    .sort((one, two) => (one.study < two.study ? -1 : 1))
    .map((record) => ({ ...record, touchedAt: 0, instances: catalogue.instances(record.study) }));
  const patients = catalogue.patients().sort((one, two) => (one.patientId < two.patientId ? -1 : 1)).map((one) => ({ ...one, addresses: catalogue.patientAddresses(one.patientId, one.issuer).sort() }));
  catalogue.close();
  const text = JSON.stringify({ studies, patients }, ordered);
  return { ledger, studies: studies.length, catalogue: createHash("sha256").update(text).digest("hex") };
}
