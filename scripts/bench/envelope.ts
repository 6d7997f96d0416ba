import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchRow } from "./row.ts";

type Measured = { readonly megabytesPerSecond: number; readonly rssMiB: number };

const rounds = 3;
const mebibytes = 512;

function once(job: string, file: string): Measured {
  const done = spawnSync(process.execPath, [join(import.meta.dirname, "envelope-work.ts"), job, String(mebibytes), file], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${job} failed: ${done.stderr}`);
  return JSON.parse(done.stdout) as Measured;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, two) => one - two)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/**
 * Seals and opens 512 MiB as one SEIPDv2 message with our stream, and does the same with node:crypto's bare AES-256-GCM (the ceiling) and
 * openpgp.js streaming (the usual way), alternating in one run, each in a process of its own; medians of three. MB are 10^6 bytes.
 */
export async function run(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "envelope-bench-"));
  try {
    const file = join(folder, "message.pgp");
    once("write", file);
    const rows: BenchRow[] = [];
    for (const [verb, title] of [["seal", "envelope, seal 512 MiB"], ["open", "envelope, open 512 MiB"]] as const) {
      const results = new Map<string, Measured[]>();
      for (let round = 0; round < rounds; round++) {
        for (const who of ["ours", "cipher", "openpgp"]) results.set(who, [...(results.get(who) ?? []), once(`${verb} ${who}`, file)]);
      }
      const speed = (who: string): number => median((results.get(who) ?? []).map((one) => one.megabytesPerSecond));
      const memory = Math.max(...(results.get("ours") ?? []).map((one) => one.rssMiB));
      for (const [who, peer] of [["cipher", "node:crypto AES-256-GCM alone"], ["openpgp", "openpgp.js stream"]] as const) {
        rows.push({ name: title, value: speed("ours"), unit: "MB/s", peer, peerValue: speed(who), ratio: speed("ours") / speed(who), rssMiB: memory });
      }
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
