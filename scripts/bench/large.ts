import { createHash } from "node:crypto";
import { join } from "node:path";
import { retrieve, retrievedDigests, store } from "./dicomweb.ts";
import { startHospitals } from "./hospitals.ts";
import { largeInstance, type LargeInstance } from "./large-instance.ts";
import { forgetPeak, peakMiB, residentMiB } from "./memory.ts";
import { orthancMissing, orthancName, startOrthanc } from "./orthanc.ts";
import type { Server } from "./api.ts";
import type { BenchOptions, BenchRow } from "./row.ts";

type Turn = { readonly inSpeed: number; readonly outSpeed: number; readonly aboveIdle: number; readonly peak: number };

async function turn(server: Server, pid: number, instance: LargeInstance): Promise<Turn> {
  const idle = residentMiB(pid);
  forgetPeak(pid);
  const stored = await store(server, [instance]);
  const { seconds } = await retrieve(server, instance.study);
  const peak = peakMiB(pid);
  return { inSpeed: instance.size / 1e6 / stored, outSpeed: instance.size / 1e6 / seconds, aboveIdle: peak - idle, peak };
}

/** One multi-frame instance of 1 GB (`full`: 2 GB) in by STOW-RS and out by WADO-RS, and what memory that took above idle. The peer is Orthanc, in the clear. MB are 10^6 bytes. */
export async function run({ full }: BenchOptions): Promise<BenchRow[]> {
  const instance = largeInstance(full ? 2000 : 1000);
  const missing = orthancMissing();
  const hospitals = await startHospitals();
  const orthanc = missing === null ? await startOrthanc(join(hospitals.dir, "orthanc")) : null;
  try {
    const ours = await turn(hospitals.a.server, hospitals.a.pid, instance);
    const hash = createHash("sha256");
    for (const piece of instance.pieces()) hash.update(piece);
    if ((await retrievedDigests(hospitals.a.server, instance.study)).join() !== hash.digest("hex")) throw new Error("the large instance came out changed");
    const theirs = orthanc === null ? null : await turn(orthanc, orthanc.pid, instance);
    const size = `${(instance.size / 1e9).toFixed(1)} GB instance`;
    const row = (what: string, unit: string, value: (of: Turn) => number, better: (own: number, peer: number) => number): BenchRow => {
      const own = { name: `${size}, ${what}`, value: value(ours), unit, rssMiB: ours.peak };
      if (theirs === null) return { ...own, missingPeer: missing ?? "" };
      return { ...own, peer: orthancName, peerValue: value(theirs), ratio: better(value(ours), value(theirs)), peerRssMiB: theirs.peak };
    };
    return [
      row("in", "MB/s", ({ inSpeed }) => inSpeed, (own, peer) => own / peer),
      row("out", "MB/s", ({ outSpeed }) => outSpeed, (own, peer) => own / peer),
      row("memory above idle", "MiB", ({ aboveIdle }) => aboveIdle, (own, peer) => peer / own),
    ];
  } finally {
    await orthanc?.stop();
    await hospitals.stop();
  }
}
