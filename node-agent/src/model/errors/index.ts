import { entry } from "./entry.ts";

/** Errors of the agent's local databases: ledger index, catalogue, journal, accounts. */
export const indexErrors = {
  DATABASE_IN_USE: entry<{ what: string }>({
    status: 503,
    title: "Database in use",
    message: (d) => `another process has the ${d.what} open`,
    hint: "One folder belongs to one agent. Stop the other agent that uses this data folder, or give this one its own dataDir.",
  }),
  DATABASE_UNUSABLE: entry<{ what: string; why: string }>({
    status: 503,
    title: "Database cannot be used",
    message: (d) => `the ${d.what} cannot be opened or written (${d.why})`,
    hint: "Check that the data folder exists, belongs to the agent's user and has free space, then start the agent again.",
  }),
  DATABASE_FULL: entry<{ what: string }>({
    status: 507,
    title: "Disk full",
    message: (d) => `the disk has no room for the ${d.what}`,
    hint: "Free space or enlarge the volume of the data folder, then send again; the agent goes on by itself and nothing acknowledged is lost.",
  }),
  LEDGER_INDEX_GAP: entry<{ cursor: number; block: number }>({
    status: 500,
    title: "Blocks out of order",
    message: (d) => `the index stands at block ${d.cursor}; block ${d.block} does not follow it`,
    hint: "Read the cursor again and apply batches above it, each once and in order.",
  }),
  LEDGER_INDEX_BATCH_INVALID: entry<{ block: number; why: string }>({
    status: 500,
    title: "Batch contradicts itself",
    message: (d) => `the batch of block ${d.block} cannot be applied: ${d.why}`,
    hint: "This is a defect of the ledger adapter: nothing was applied. Report it with the block number.",
  }),
  LEDGER_INDEX_DAMAGED: entry<{ why: string }>({
    status: 503,
    title: "Ledger index damaged",
    message: (d) => `the local index of the chain is damaged (${d.why})`,
    hint: "Start the agent again: a damaged index is thrown away and rebuilt from the chain. Check the disk.",
  }),
  CATALOGUE_UNKNOWN_STUDY: entry<{ study: string }>({
    status: 404,
    title: "Study not in the catalogue",
    message: (d) => `study ${d.study} is not in this agent's catalogue`,
    hint: "Check the study id; `fiducial study list` shows what is here.",
  }),
  CATALOGUE_UID_TAKEN: entry<{ level: "study" | "instance"; study: string }>({
    status: 409,
    title: "UID already in use",
    message: (d) => `the ${d.level} UID already belongs to study ${d.study}`,
    hint: "A UID names one thing. Withdraw the study that has it, or give the new one its own UIDs.",
  }),
  CATALOGUE_UNKNOWN_PATIENT: entry({
    status: 404,
    title: "Patient not in the catalogue",
    message: () => "the patient is not in this agent's catalogue",
    hint: "Enrol the patient first (POST /api/patients), or check Patient ID and issuer.",
  }),
  CATALOGUE_PATIENT_ON_PAPER: entry({
    status: 409,
    title: "Patient has no wallet",
    message: () => "the patient is on paper: there is no public key to derive addresses from",
    hint: "Enrol the patient's wallet, or use an address made for paper consents.",
  }),
  CATALOGUE_TRANSACTION: entry<{ why: string }>({
    status: 500,
    title: "Transaction misused",
    message: (d) => `a catalogue transaction cannot be run like this: ${d.why}`,
    hint: "This is a defect of the agent: nothing was written. Report it with the time of the error.",
  }),
  CATALOGUE_WRONG_KEY: entry({
    status: 503,
    title: "Catalogue sealed with another key",
    message: () => "the catalogue was sealed with another keyring",
    hint: "Start the agent with the keyring this data folder was made with; to begin anew from chain and blocks, move the catalogue file away and run recovery.",
  }),
  CATALOGUE_DAMAGED: entry<{ table: string; why: string }>({
    status: 503,
    title: "Catalogue damaged",
    message: (d) => `the catalogue is damaged in ${d.table} (${d.why})`,
    hint: "Check the disk. Then move the catalogue file and those beside it (-wal, -shm) away and run recovery: everything is rebuilt from chain, blocks and keyring.",
  }),
  CATALOGUE_VERSION: entry<{ found: number; known: number }>({
    status: 503,
    title: "Catalogue of another version",
    message: (d) => `the catalogue has format ${d.found}, this program knows ${d.known}`,
    hint: "Run the version of the agent that wrote it, or move the file away and run recovery.",
  }),
  JOURNAL_DAMAGED: entry<{ why: string }>({
    status: 503,
    title: "Journal damaged",
    message: (d) => `the journal of flows cannot be trusted (${d.why})`,
    hint: "Check the disk, then move the journal file and those beside it (-wal, -shm) away: flows are taken up again from chain and catalogue. Keep the files for analysis.",
  }),
  JOURNAL_VALUE_NOT_JSON: entry<{ flow: string; step: string; what: string }>({
    status: 500,
    title: "Value cannot be journaled",
    message: (d) => `${d.flow}, ${d.step}: ${d.what} would not come back from the journal as it went in`,
    hint: "This is a defect of the flow: steps hand over plain JSON values (text, finite numbers, lists, records).",
  }),
  JOURNAL_RUN_CLOSED: entry<{ flow: string; step: string }>({
    status: 500,
    title: "Run already closed",
    message: (d) => `the run of ${d.flow} is closed; step ${d.step} can no longer be added`,
    hint: "This is a defect of the flow: open the run again before running further steps.",
  }),
  ACCOUNT_INVALID: entry<{ why: string }>({
    status: 400,
    title: "Account not acceptable",
    message: (d) => `the account cannot be used: ${d.why}`,
    hint: "Names: 1 to 64 of a-z 0-9 . _ @ -, beginning with a letter or digit; passwords: 10 characters or more; at least one role.",
  }),
  ACCOUNTS_UNREADABLE: entry<{ file: string; why: string }>({
    status: 503,
    title: "Accounts cannot be read",
    message: (d) => `the accounts file ${d.file} cannot be used (${d.why})`,
    hint: "Restore the file from a backup, or move it away and make the accounts again with `fiducial agent account add`.",
  }),
} as const;
