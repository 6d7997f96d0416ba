import type { Command } from "commander";
import { readSecret } from "../config/secret.ts";
import { fault } from "../model/fault.ts";
import { type Client, createClient } from "./client.ts";
import type { Io } from "./io.ts";

type GlobalOptions = { readonly json?: boolean; readonly url?: string; readonly user?: string; readonly passwordFile?: string };

/** What one command works with: where to print, and the agent it talks to. */
export type Context = {
  readonly io: Io;
  readonly json: boolean;
  readonly signal: AbortSignal;
  /** The agent's API, signed in. Throws CLI_USAGE when user or password file are missing. */
  client(): Promise<Client>;
  /** Prints the result: as JSON with --json, else as `text` says. Called once per command. */
  result(value: unknown, text: () => string): void;
  /** A line for people, on standard error; nothing with --json. */
  note(text: string): void;
};

const localAgent = "http://127.0.0.1:8080";

/** The context of a command from the options given to it or to the program. */
export function contextOf(command: Command, io: Io): Context {
  const options = command.optsWithGlobals<GlobalOptions>();
  const json = options.json === true;
  return {
    io,
    json,
    signal: io.shutdown.signal,
    async client() {
      const url = options.url ?? io.defaults.url ?? localAgent;
      if (!/^https?:\/\//u.test(url) || !URL.canParse(url)) throw fault("CLI_USAGE", { why: `--url takes an http or https URL` });
      const user = options.user ?? io.defaults.user;
      const passwordFile = options.passwordFile ?? io.defaults.passwordFile;
      if (user === null || passwordFile === null)
        throw fault("CLI_USAGE", { why: "this command signs in: give --user and --password-file (or FIDUCIAL_USER and FIDUCIAL_PASSWORD_FILE)" });
      const password = (await readSecret("--password-file", passwordFile)).toString("utf8");
      return createClient({ url, user, password, signal: io.shutdown.signal });
    },
    result(value, text) {
      const printed = json ? JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? part.toString() : part), 2) : text();
      io.out.write(printed.endsWith("\n") ? printed : `${printed}\n`);
    },
    note(text) {
      if (!json) io.err.write(`${text}\n`);
    },
  };
}
