import { entry } from "./entry.ts";

/** Errors of the embedded chain engine (`network/embedded`). They stop the chain process or refuse one transaction; agents see them as RPC errors. */
export const chainErrors = {
  CHAIN_LOCKED: entry<{ dir: string }>({
    status: 503,
    title: "Chain folder in use",
    message: (d) => `another process already runs the chain kept in ${d.dir}`,
    hint: "Stop the other process, or give this one its own folder.",
  }),
  CHAIN_CONFIG_CHANGED: entry<{ field: string; kept: string; asked: string }>({
    status: 503,
    title: "Chain settings changed",
    message: (d) => `the kept chain was started with ${d.field} ${d.kept}, but ${d.asked} was asked for`,
    hint: "Use the settings the chain was made with, or start over with an empty folder.",
  }),
  CHAIN_JOURNAL_DAMAGED: entry<{ file: string; offset: number }>({
    status: 503,
    title: "Chain journal damaged",
    message: (d) => `record at byte ${d.offset} of ${d.file} does not match its checksum and whole records follow it`,
    hint: "Nothing was changed. Restore the file from a backup; a damaged middle can not be a crash in the last write.",
  }),
  CHAIN_REPLAY_MISMATCH: entry<{ block: number; kept: string; replayed: string }>({
    status: 503,
    title: "Replay gave another block",
    message: (d) => `block ${d.block} replays to ${d.replayed}, the journal says ${d.kept}`,
    hint: "Nothing was changed. Run the version of the software that wrote this chain, or restore the folder from a backup.",
  }),
  CHAIN_JOURNAL_WRITE: entry<{ reason: string }>({
    status: 507,
    title: "Chain journal can not be written",
    message: (d) => `the transaction was not accepted because the journal could not be written: ${d.reason}`,
    hint: "Free space on the disk that holds the chain folder and send the transaction again; after an I/O error restart the chain.",
  }),
  CHAIN_EXECUTION: entry<{ method: string; reason: string }>({
    status: 500,
    title: "Execution engine refused",
    message: (d) => `${d.method}: ${d.reason}`,
    hint: "Read the reason: it is the engine's own word about the transaction or call.",
  }),
  CHAIN_PORT_IN_USE: entry<{ host: string; port: number }>({
    status: 503,
    title: "Port in use",
    message: (d) => `${d.host}:${d.port} is already taken`,
    hint: "Stop the program that listens there, or choose another port for the chain.",
  }),
} as const;
