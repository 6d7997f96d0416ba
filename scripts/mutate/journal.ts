import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile, rm } from "node:fs/promises";
import { globSync } from "node:fs";
import type { Verdict } from "./judge.ts";

/** A verdict as it is kept: what was judged (file, id), on which sources and tests, and how. */
export type Entry = { readonly file: string; readonly id: string; readonly sources: string; readonly tests: string; readonly verdict: Verdict; readonly by?: string; readonly why?: string; readonly seconds: number };

const folder = new URL("../../cache/", import.meta.url);
const file = new URL("mutation.jsonl", folder);

async function digestOf(pattern: string): Promise<string> {
  const hash = createHash("sha256");
  for (const path of globSync(pattern).sort()) hash.update(path).update(await readFile(path));
  return hash.digest("hex").slice(0, 16);
}

/** What the verdicts hold for: digests of the deployed Solidity and of the contract tests as they are now. */
export async function grounds(): Promise<{ readonly sources: string; readonly tests: string }> {
  return { sources: await digestOf("contracts/{*,base/*,interfaces/*,libraries/*}.sol"), tests: await digestOf("test/contracts/**/*.ts") };
}

/** The last verdict on each mutant, by file and id. Lines that were cut off are left out. */
export async function readJournal(): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (const line of (await readFile(file, "utf8").catch(() => "")).split("\n")) {
    try {
      const entry: Entry = JSON.parse(line);
      entries.set(`${entry.file} ${entry.id}`, entry);
    } catch {
      // the line in which the last run was ended
    }
  }
  return entries;
}

/** Keeps a verdict before the next mutant is judged. */
export async function keep(entry: Entry): Promise<void> {
  await mkdir(folder, { recursive: true });
  await appendFile(file, `${JSON.stringify(entry)}\n`);
}

/** Forgets every verdict. */
export const forget = (): Promise<void> => rm(file, { force: true });
