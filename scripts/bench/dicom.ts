import { createHash } from "node:crypto";
import dicomParser from "dicom-parser";
import { InstanceReader } from "../../node-agent/src/dicom/instance-reader.ts";
import { toDicomJson } from "../../node-agent/src/dicom/json.ts";
import { readPart10 } from "../../node-agent/src/dicom/part10.ts";
import { generatePhantom } from "../phantom/phantom.ts";
import type { BenchRow } from "./row.ts";

const rounds = 5;
const piece = 65_536;

/** Milliseconds of each job, medians over rounds in which the jobs take turns. */
function medians(jobs: readonly (() => void)[]): number[] {
  const times = jobs.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, job] of jobs.entries()) {
      const begun = performance.now();
      job();
      times[i]?.push(performance.now() - begun);
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN);
}

/**
 * Reads, checks and digests a 64-slice CT in pieces of 64 KiB, beside the digest alone (the ceiling) and dicom-parser with SHA-256 over
 * whole buffers, in one process; and makes its DICOM JSON. MB are 10^6 bytes.
 */
export async function run(): Promise<BenchRow[]> {
  const files = [...generatePhantom({ seed: "bench" })].map(({ bytes }) => bytes);
  const megabytes = files.reduce((sum, bytes) => sum + bytes.length, 0) / 1e6;
  const parsed = files.map((bytes) => readPart10(bytes));
  const [ours = Number.NaN, digest = Number.NaN, parser = Number.NaN, json = Number.NaN] = medians([
    () => {
      for (const bytes of files) {
        const reader = new InstanceReader();
        for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
        reader.finish();
      }
    },
    () => {
      for (const bytes of files) createHash("blake2b512").update(bytes).digest();
    },
    () => {
      for (const bytes of files) {
        dicomParser.parseDicom(bytes);
        createHash("sha256").update(bytes).digest();
      }
    },
    () => {
      for (const part10 of parsed) toDicomJson(part10);
    },
  ]);
  const rssMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  const name = "DICOM, read and digest 64 slices";
  const row = (peer: string, milliseconds: number): BenchRow => ({
    name,
    value: megabytes / (ours / 1000),
    unit: "MB/s",
    peer,
    peerValue: megabytes / (milliseconds / 1000),
    ratio: milliseconds / ours,
    rssMiB,
  });
  return [
    row("BLAKE2b-512 alone", digest),
    row("dicom-parser and SHA-256", parser),
    { name: "DICOM JSON of one slice", value: json / files.length, unit: "ms", rssMiB },
  ];
}
