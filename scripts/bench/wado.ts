import { join } from "node:path";
import { expectSame, inMemory, retrieve, store } from "./dicomweb.ts";
import { startHospitals } from "./hospitals.ts";
import { forgetPeak, peakMiB } from "./memory.ts";
import { orthancMissing, orthancName, startOrthanc } from "./orthanc.ts";
import { interleaved, median } from "./rounds.ts";
import type { BenchOptions, BenchRow } from "./row.ts";
import { studyMaker } from "./study.ts";

const slices = 200;

/**
 * The same study out again by WADO-RS: read, decrypted, authenticated. The peer is Orthanc giving it in the clear. All in
 * the file system's cache for both. Medians of turns. MB are 10^6 bytes.
 */
export async function run({ full }: BenchOptions): Promise<BenchRow[]> {
  const study = studyMaker(slices)();
  const missing = orthancMissing();
  const hospitals = await startHospitals();
  const { server, pid } = hospitals.a;
  const orthanc = missing === null ? await startOrthanc(join(hospitals.dir, "orthanc")) : null;
  try {
    for (const one of orthanc === null ? [server] : [server, orthanc]) {
      await store(one, inMemory(study.files));
      await expectSame(one, study.uid, study.digests);
    }
    forgetPeak(pid);
    if (orthanc !== null) forgetPeak(orthanc.pid);
    const from = (one: Parameters<typeof retrieve>[0]) => () => retrieve(one, study.uid);
    const [ours = [], theirs = []] = await interleaved(full ? 15 : 7, [from(server), ...(orthanc === null ? [] : [from(orthanc)])]);
    const speed = (list: typeof ours): number => study.bytes / 1e6 / median(list.map(({ seconds }) => seconds));
    const first = (list: typeof ours): number => median(list.map(({ firstMs }) => firstMs));
    const whole = { name: "WADO-RS, 200 CT slices in one answer", value: speed(ours), unit: "MB/s", rssMiB: peakMiB(pid) };
    const begin = { name: "WADO-RS, first byte of it", value: first(ours), unit: "ms", rssMiB: peakMiB(pid) };
    if (orthanc === null) return [{ ...whole, missingPeer: missing ?? "" }, begin];
    const peerRssMiB = peakMiB(orthanc.pid);
    return [
      { ...whole, peer: orthancName, peerValue: speed(theirs), ratio: speed(ours) / speed(theirs), peerRssMiB },
      { ...begin, peer: orthancName, peerValue: first(theirs), ratio: first(theirs) / first(ours), peerRssMiB },
    ];
  } finally {
    await orthanc?.stop();
    await hospitals.stop();
  }
}
