import { readFile, writeFile } from "node:fs/promises";
import type { Verdict } from "./judge.ts";

export type Counts = { mutants: number } & Record<Verdict, number>;
export type Survivor = { readonly contract: string; readonly mutant: string; readonly because: string };
/** What is committed: how many mutants each contract has and how they ended, and each that no test notices with its explanation. */
export type MutationRecord = { readonly contracts: Readonly<Record<string, Counts>>; readonly survivors: readonly Survivor[] };

const file = new URL("../../contracts/mutation.json", import.meta.url);

/** The committed record. */
export async function readRecord(): Promise<MutationRecord> {
  return JSON.parse(await readFile(file, "utf8").catch(() => '{"contracts":{},"survivors":[]}')) as MutationRecord;
}

/** Writes the record; explanations of survivors that are still there are kept. */
export async function writeRecord(record: MutationRecord): Promise<void> {
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`);
}
