import type { Config } from "../config/schema.ts";
import type { Log } from "../ports/log.ts";
import type { Recovery } from "../agent.ts";
import type { Io } from "./io.ts";

/** A running agent: where its listeners are, and how to end it. */
export type RunningAgent = {
  readonly urls: { readonly clinical: string; readonly peer: string | null; readonly ops: string };
  /** What should be here and is; null on observers. */
  recovery(): Recovery | null;
  stop(): Promise<void>;
};

/** Starts an agent; resolves when its listeners are open. `passphrase` opens the keyring and is null for an observer. */
export type StartAgent = (config: Config, parts: { readonly passphrase: Uint8Array | null; readonly log: Log }) => Promise<RunningAgent>;

/** What main.ts hands to the command line. */
export type Parts = { readonly io: Io; readonly startAgent: StartAgent; readonly version: string };
