import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile, rm } from "node:fs/promises";
import { globSync } from "node:fs";
import { posix } from "node:path";
import { sourcesOf } from "../slither/sources.ts";
import type { Verdict } from "./judge.ts";
import { testsFor, type Subject } from "./subjects.ts";

/** A verdict as it is kept: what was judged (file, id), on which sources, and how. `passed`: the tests that a survivor passed, by digest. */
export type Entry = {
  readonly file: string;
  readonly id: string;
  readonly sources: string;
  readonly verdict: Verdict;
  readonly by?: string;
  readonly why?: string;
  readonly passed?: Readonly<Record<string, string>>;
  readonly seconds: number;
};

const folder = new URL("../../cache/", import.meta.url);
const file = new URL("mutation.jsonl", folder);

const digest = (texts: readonly string[]): string => texts.reduce((hash, text) => hash.update(text), createHash("sha256")).digest("hex").slice(0, 16);

/** What a verdict holds for: a digest of all the Solidity that ends up in the contracts of a subject. */
export async function sourcesDigest({ into }: Subject): Promise<string> {
  const sources = await sourcesOf(into.map((contract) => `contracts/${contract}.sol`));
  return digest(Object.keys(sources).sort().flatMap((path) => [path, sources[path]?.content ?? ""]));
}

/** Digests of the tests of a subject, each with what it imports from test/contracts. */
export async function testDigests(subject: Subject): Promise<Readonly<Record<string, string>>> {
  const read = async (path: string, seen: Map<string, string>): Promise<Map<string, string>> => {
    if (seen.has(path)) return seen;
    const text = await readFile(path, "utf8");
    seen.set(path, text);
    for (const [, to = ""] of text.matchAll(/from "(\.[^"]+)"/gu)) {
      const imported = posix.join(posix.dirname(path), to);
      if (imported.startsWith("test/contracts/")) await read(imported, seen);
    }
    return seen;
  };
  const { own, others } = testsFor(subject);
  const digests: Record<string, string> = {};
  for (const path of globSync([...own, ...others])) digests[path] = digest([...(await read(path, new Map())).values()]);
  return digests;
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
