import { entry } from "./entry.ts";

/** "line 4: " before a key that has a place in the file, nothing before one that is missing from it. */
const at = (line: number | null) => (line === null ? "" : `line ${line}: `);
const also = (others: readonly string[]) => others.map((other) => `; ${other}`).join("");

export const configErrors = {
  CONFIG_UNREADABLE: entry<{ file: string; why: string }>({
    status: 500,
    title: "Configuration cannot be read",
    message: (d) => `the configuration file ${d.file} cannot be read (${d.why})`,
    hint: "Give the path of the agent's YAML file with --config; `fiducial agent init --help` makes a first one.",
  }),
  CONFIG_NOT_YAML: entry<{ line: number; why: string }>({
    status: 500,
    title: "Configuration is not YAML",
    message: (d) => `line ${d.line}: the configuration is not valid YAML: ${d.why}`,
    hint: "Mend the line named here. Indent with spaces, never tabs; one key is written once.",
  }),
  CONFIG_UNKNOWN_KEY: entry<{ key: string; nearest: string | null; line: number | null; also: readonly string[] }>({
    status: 500,
    title: "Unknown configuration key",
    message: (d) => `${at(d.line)}unknown key ${d.key}${d.nearest === null ? "" : `; did you mean ${d.nearest}?`}${also(d.also)}`,
    hint: "Correct the key; docs/reference/config.generated.md lists every valid one.",
  }),
  CONFIG_INVALID: entry<{ key: string; why: string; line: number | null; also: readonly string[] }>({
    status: 500,
    title: "Invalid configuration value",
    message: (d) => `${at(d.line)}${d.key}: ${d.why}${also(d.also)}`,
    hint: "Correct the value; docs/reference/config.generated.md says what each key takes.",
  }),
  CONFIG_SECRET_UNREADABLE: entry<{ key: string; file: string; why: string }>({
    status: 500,
    title: "Secret file cannot be read",
    message: (d) => `${d.key} names ${d.file}, which cannot be used (${d.why})`,
    hint: "Write the secret to that file, readable by the agent's user only (mode 0600), or correct the path.",
  }),
  CONFIG_EXISTS: entry<{ file: string }>({
    status: 409,
    title: "File already there",
    message: (d) => `${d.file} is already there and is not overwritten`,
    hint: "Choose another place, or move the existing file away.",
  }),
} as const;
