import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Besu } from "../../network/local/find-besu.ts";

/** Long options of this Besu and whether each takes a value, from `besu --help`; sorted. */
export async function besuFlags(besu: Besu): Promise<[name: string, takesValue: boolean][]> {
  const { stdout } = await promisify(execFile)(besu.command, ["--help"], { maxBuffer: 1 << 24 });
  const names = new Map<string, boolean>();
  let several: string[] = [];
  for (const line of stdout.split("\n")) {
    if (!/^ {2,8}(?:-\w, +)?--/u.test(line)) continue;
    // "--max-peers, --p2p-peer-upper-bound=<INTEGER>": every name of the line takes what the last one takes; a long list goes on in the next line.
    const found = [...line.matchAll(/--([A-Za-z0-9][A-Za-z0-9-]*)(\[?=)?/gu)];
    const own = found.filter((match) => match.index < 40 || line.slice(0, match.index).trimEnd().endsWith(","));
    const value = own.some(([, , sign]) => sign !== undefined);
    for (const [, name = ""] of own) several.push(name);
    if (!value && line.trimEnd().endsWith(",")) continue;
    for (const name of several) names.set(name, value);
    several = [];
  }
  return [...names].sort(([one], [two]) => (one < two ? -1 : 1));
}

export function flagsText(version: string, flags: readonly (readonly [string, boolean])[]): string {
  const rows = flags.map(([name, value]) => `  "${name}": ${value},`).join("\n");
  return `// Options of Besu ${version}, from its own help, by scripts/besu-flags.ts. True: takes a value.\nexport const besuFlagsVersion = "${version}";\n\nexport const besuFlags: Readonly<Record<string, boolean>> = {\n${rows}\n};\n`;
}
