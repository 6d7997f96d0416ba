import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

type Member = { readonly label: string; readonly type: string; readonly offset?: number; readonly slot?: string };
type Type = { readonly label: string; readonly numberOfBytes: string; readonly members?: readonly (Member | string)[] };
type Layout = { readonly types: Readonly<Record<string, Type>>; readonly namespaces: Readonly<Record<string, readonly Member[]>> };
type Validations = { readonly log: readonly Readonly<Record<string, { readonly layout: Layout }>>[] };

/** The contracts behind proxies: the ones whose storage outlives their code. */
export const upgradeable = ["MemberRegistry", "StudyRegistry", "ConsentRegistry", "AccessLedger", "CreditLedger", "Council"] as const;

const root = new URL("../../", import.meta.url);

/** Type names without the compiler's running numbers, which change with every unrelated edit. */
const settled = (type: string) => type.replaceAll(/\)\d+/gu, ")");

function member(item: Member | string): string {
  if (typeof item === "string") return item;
  return `slot ${item.slot ?? "?"} byte ${item.offset ?? "?"}: ${item.label}: ${settled(item.type)}`;
}

function describe({ types, namespaces }: Layout): string {
  const structures = Object.entries(types)
    .filter(([, { members }]) => members !== undefined)
    .map(([name, { numberOfBytes, members = [] }]) => [settled(name), { bytes: Number(numberOfBytes), members: members.map(member) }] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const spaces = Object.entries(namespaces)
    .map(([name, members]) => [name, members.map(member)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ namespaces: Object.fromEntries(spaces), types: Object.fromEntries(structures) }, null, 2)}\n`;
}

/**
 * The layout of one contract (`contracts/X.sol:X`) as the upgrades plugin extracted it at the last build, in the form of
 * contracts/layouts/*.json. Throws when the plugin's record is not there: run `hardhat build --force` first.
 */
export async function layoutText(contract: string, cache: URL = new URL("cache/", root)): Promise<string> {
  const { log }: Validations = JSON.parse(await readFile(new URL("validations.json", cache), "utf8"));
  // The newest record comes first; a partial build records only what it compiled.
  const found = log.map((run) => run[`project/${contract}`]).find((record) => record !== undefined);
  if (found === undefined) throw new Error(`no layout of ${contract} is recorded; run hardhat build --force`);
  return describe(found.layout);
}

/** Texts of contracts/layouts/*.json: every namespace (ERC-7201), its members and the structures they use. Writes nothing. */
export function generateLayouts(cache?: URL): Promise<{ path: string; text: string }[]> {
  const made = upgradeable.map(async (name) => ({
    path: fileURLToPath(new URL(`contracts/layouts/${name}.json`, root)),
    text: await layoutText(`contracts/${name}.sol:${name}`, cache),
  }));
  return Promise.all(made);
}

if (import.meta.main) {
  for (const { path, text } of await generateLayouts()) await writeFile(path, text);
}
