import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { call, until } from "./api.ts";
import { inMemory, store } from "./dicomweb.ts";
import { fetchAtB, prepareShared } from "./exchange.ts";
import { startHospitals } from "./hospitals.ts";
import { ipfsMissing, startIpfsPair } from "./ipfs-copy.ts";
import { largeInstance } from "./large-instance.ts";
import { forgetPeak, peakMiB, residentMiB } from "./memory.ts";
import { plainCopy } from "./plain-copy.ts";
import { median } from "./rounds.ts";
import type { BenchOptions, BenchRow } from "./row.ts";
import { type BenchStudy, studyMaker } from "./study.ts";

const pollMs = 20;
const slices = 200;

/** Sealed by hand, so that no settle time counts: seconds until another hospital keeps it durably. */
async function replicate(server: Parameters<typeof store>[0], study: BenchStudy): Promise<{ readonly upload: number; readonly replicated: number }> {
  const upload = await store(server, inMemory(study.files));
  const begun = performance.now();
  await call(server, "POST", `/api/studies/${study.uid}/seal`);
  await until("the replica", 120, pollMs, async () => {
    const { state } = await call<{ state: string }>(server, "GET", `/api/studies/${study.uid}`);
    return state === "pinned" || state === "registered" ? true : null;
  });
  return { upload, replicated: (performance.now() - begun) / 1000 };
}

/** A study that is one instance, from hospital to hospital: speed, and what memory the receiver took above idle. */
async function oneInstance(full: boolean): Promise<BenchRow[]> {
  const instance = largeInstance(full ? 2000 : 500);
  const hospitals = await startHospitals();
  try {
    const [a, b] = [hospitals.a.pid, hospitals.b.pid];
    const id = await prepareShared(hospitals, { uid: instance.study, files: [], digests: [], bytes: instance.size }, [instance]);
    const idle = { a: residentMiB(a), b: residentMiB(b) };
    forgetPeak(a);
    forgetPeak(b);
    const { seconds } = await fetchAtB(hospitals, id);
    const size = `${(instance.size / 1e9).toFixed(1)} GB instance, agent to agent`;
    return [
      { name: size, value: instance.size / 1e6 / seconds, unit: "MB/s", rssMiB: peakMiB(b) },
      { name: `${size}, memory above idle, receiver`, value: peakMiB(b) - idle.b, unit: "MiB", rssMiB: peakMiB(b) },
      { name: `${size}, memory above idle, sender`, value: peakMiB(a) - idle.a, unit: "MiB", rssMiB: peakMiB(a) },
    ];
  } finally {
    await hospitals.stop();
  }
}

/**
 * From one hospital to another beside what the same line does without us: a CT of 200 slices to durable, to replicated at a second institution, a plain copy through
 * loopback to a flushed file, `ipfs add` and `ipfs cat` at another Kubo; then one large instance with its memory. Medians of turns. MB are 10^6 bytes.
 */
export async function run({ full }: BenchOptions): Promise<BenchRow[]> {
  const make = studyMaker(slices);
  const rounds = full ? 5 : 3;
  const hospitals = await startHospitals({ replicas: 2 });
  const rows: BenchRow[] = [];
  try {
    const dir = join(hospitals.dir, "copies");
    await mkdir(dir);
    const missing = ipfsMissing();
    const ipfs = missing === null ? await startIpfsPair(dir) : null;
    const [uploads, replicas, copies, adds, gets]: [number[], number[], number[], number[], number[]] = [[], [], [], [], []];
    let bytes = 0;
    for (let round = 0; round < rounds; round++) {
      const study = make();
      bytes = study.bytes;
      const { upload, replicated } = await replicate(hospitals.a.server, study);
      uploads.push(upload);
      replicas.push(replicated);
      copies.push(await plainCopy(study.files, dir));
      const copied = await ipfs?.copy(() => study.files);
      if (copied !== undefined) {
        adds.push(copied.add);
        gets.push(copied.get);
      }
    }
    await ipfs?.stop();
    const speed = (seconds: readonly number[]): number => bytes / 1e6 / median(seconds);
    const rssMiB = peakMiB(hospitals.a.pid);
    const beside = (name: string, ours: number[], peer: string, theirs: number[]): BenchRow =>
      theirs.length === 0 ? { name, value: speed(ours), unit: "MB/s", rssMiB, missingPeer: missing ?? "" } : { name, value: speed(ours), unit: "MB/s", rssMiB, peer, peerValue: speed(theirs), ratio: median(theirs) / median(ours) };
    rows.push(
      beside("upload to durable, 200 CT slices", uploads, "plain copy through loopback", copies),
      beside("the same beside ipfs add", uploads, "ipfs add", adds),
      beside("durable to replicated on two institutions", replicas, "plain copy through loopback", copies),
      beside("the same beside Kubo", replicas, "ipfs cat at another Kubo", gets),
    );
  } finally {
    await hospitals.stop();
  }
  return [...rows, ...(await oneInstance(full))];
}
