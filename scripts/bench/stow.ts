import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expectSame, inMemory, store } from "./dicomweb.ts";
import { startHospitals } from "./hospitals.ts";
import { forgetPeak, peakMiB } from "./memory.ts";
import { orthancMissing, orthancName, startOrthanc } from "./orthanc.ts";
import { interleaved, median } from "./rounds.ts";
import type { BenchOptions, BenchRow } from "./row.ts";
import { studyMaker } from "./study.ts";

const slices = 200;
/** An agent seals the metadata of a study one second after its last instance, which would fall into the other's turn. */
const aftermathMs = 2500;
const name = "STOW-RS, 200 CT slices in one request";

/**
 * A CT of 200 slices (105 MB) into one agent by STOW-RS over loopback: parsed, digested, encrypted, hashed into blocks, durable before
 * the answer. The peer is Orthanc with its default settings, storing the same in the clear. Medians of turns; every study is new. MB are 10^6 bytes.
 */
export async function run({ full }: BenchOptions): Promise<BenchRow[]> {
  const make = studyMaker(slices);
  const missing = orthancMissing();
  const hospitals = await startHospitals();
  const { server, pid } = hospitals.a;
  const orthanc = missing === null ? await startOrthanc(join(hospitals.dir, "orthanc")) : null;
  try {
    const first = make();
    await store(server, inMemory(first.files));
    await expectSame(server, first.uid, first.digests);
    if (orthanc !== null) await store(orthanc, inMemory(first.files));
    forgetPeak(pid);
    if (orthanc !== null) forgetPeak(orthanc.pid);
    const into = (one: Parameters<typeof store>[0]) => async () => {
      const { files } = make();
      await sleep(aftermathMs);
      return await store(one, inMemory(files));
    };
    const [ours = [], theirs = []] = await interleaved(full ? 9 : 5, [into(server), ...(orthanc === null ? [] : [into(orthanc)])]);
    const megabytes = first.bytes / 1e6;
    const own = { name, value: megabytes / median(ours), unit: "MB/s", rssMiB: peakMiB(pid) };
    if (orthanc === null) return [{ ...own, missingPeer: missing ?? "" }];
    return [{ ...own, peer: orthancName, peerValue: megabytes / median(theirs), ratio: median(theirs) / median(ours), peerRssMiB: peakMiB(orthanc.pid) }];
  } finally {
    await orthanc?.stop();
    await hospitals.stop();
  }
}
