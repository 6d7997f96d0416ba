/** Options of Besu by their long names without dashes. `true` switches on, a list is comma-separated on the command line. */
export type BesuOptions = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** A string in TOML's basic form, which JSON's is a part of. */
const quoted = (text: string) => JSON.stringify(text);

/** The options as Besu's configuration file (`--config-file`), one line each, sorted by nothing: the order given is kept. */
export function optionsToml(options: BesuOptions, comment: string): string {
  const value = (one: BesuOptions[string]): string => (Array.isArray(one) ? `[${one.map(quoted).join(", ")}]` : typeof one === "string" ? quoted(one) : String(one));
  return [...comment.split("\n").map((line) => `# ${line}`), ...Object.entries(options).map(([name, one]) => `${name}=${value(one)}`), ""].join("\n");
}

/** The same options as a command line. */
export function optionsArguments(options: BesuOptions): string[] {
  return Object.entries(options).map(([name, one]) => `--${name}=${Array.isArray(one) ? one.join(",") : String(one)}`);
}
