import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { checkConsortium, parseConsortium } from "../../network/consortium-file.ts";
import type { Consortium, ConsortiumInput } from "../../network/consortium-schema.ts";
import type { Founder } from "../deploy/consortium.ts";
import { localGovernance } from "./governance.ts";
import { guardiansOf, keyOf } from "./keys.ts";
import type { Layout } from "./layout.ts";
import { Refusal } from "./preflight.ts";

/**
 * The consortium file of the local consortium as an earlier run left it; null when there is none. Throws Refusal where the kept state is of a
 * version that had none, or had it elsewhere: what was agreed then is not what this one would write.
 */
export async function keptConsortium({ dir, chainDir, consortiumFile }: Layout): Promise<Consortium | null> {
  const kept = await readFile(consortiumFile, "utf8").then(parseConsortium, (error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (kept === null && (existsSync(join(dir, "plan.json")) || existsSync(join(chainDir, "consortium.yaml"))))
    throw new Refusal(`The consortium kept in ${dir} was founded by an earlier version, which wrote no ${consortiumFile}. Start over with --fresh, or give --dir another folder.`);
  return kept;
}

/** What every local consortium agrees on, whatever its chain runs on: short periods, guardians two of three, one reviewer. */
export async function localTerms(plan: Layout): Promise<Pick<ConsortiumInput, "name" | "governance" | "guardians" | "guardianThreshold" | "reviewers">> {
  return { name: "Local consortium", governance: localGovernance, guardians: await guardiansOf(plan), guardianThreshold: 2, reviewers: [(await keyOf(plan, "reviewer")).address] };
}

/** A founding member as the file has it; its nodes are the engine's. */
export const memberEntry = ({ kind, governor, operators, profile: { displayName, ...profile } }: Founder, at: number) => ({
  id: at + 1,
  name: displayName,
  kind: kind === "Hospital" ? ("hospital" as const) : ("observer" as const),
  governor,
  operators: [...operators],
  profile,
});

/** Writes the file whole or not at all: the very form in which a real consortium publishes what it agreed on. */
export async function writeConsortium({ consortiumFile }: Layout, consortium: Consortium): Promise<Consortium> {
  await writeFile(`${consortiumFile}.new`, `# Written by npm start for the local consortium; docs/network.md says what each key means.\n${stringify(consortium)}`);
  await rename(`${consortiumFile}.new`, consortiumFile);
  return consortium;
}

/** What this consortium is founded on: the file as it is kept, or as the engine wrote it for its nodes, else one that names no node, written now. */
export async function agreedConsortium(plan: Layout, chainId: number, founders: () => Promise<readonly Founder[]>): Promise<Consortium> {
  return (await keptConsortium(plan)) ?? (await writeConsortium(plan, checkConsortium({ ...(await localTerms(plan)), chainId, members: (await founders()).map(memberEntry) })));
}
