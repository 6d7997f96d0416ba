import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { call, type Server, until } from "./api.ts";
import { expectSame, inMemory, store } from "./dicomweb.ts";
import { type Hospitals, startHospitals } from "./hospitals.ts";
import { forgetPeak, peakMiB } from "./memory.ts";
import { type Orthanc, orthancMissing, orthancName, startOrthanc } from "./orthanc.ts";
import { processorDuring } from "./processor.ts";
import { interleaved, median } from "./rounds.ts";
import type { BenchOptions, BenchRow } from "./row.ts";
import { type BenchStudy, studyMaker } from "./study.ts";

type Asked = { readonly id: string; readonly state: string; readonly localState: string | null };
type Timed = { readonly deliveredMs: number; readonly seconds: number };

const slices = 200;
const pollMs = 20;
const day = 86_400;

/** Stores a study at A, waits for its registration, and records a patient's consent on paper for B, by two people. Gives the study's id on chain. */
export async function prepareShared({ a, b }: Hospitals, study: BenchStudy, files: Parameters<typeof store>[1] = inMemory(study.files)): Promise<string> {
  await store(a.server, files);
  const { study: id } = await until("registration", 60, 50, async () => {
    const found = await call<{ study: string; state: string }>(a.server, "GET", `/api/studies/${study.uid}`);
    return found.state === "registered" ? found : null;
  });
  const now = Math.floor(Date.now() / 1000);
  const { proposal } = await call<{ proposal: string }>(a.server, "POST", "/api/attestations", { study: id, grantee: b.seat.member, purposes: ["TREAT"], notBefore: now - 60, expiry: now + day });
  await call(a.second, "POST", `/api/attestations/${proposal}/approve`);
  return id;
}

/** B asks for a study. The clock runs from the answer that says granted to the key's delivery on chain as B sees it, and to the whole study verified, acknowledged and visible. */
export async function fetchAtB({ b }: Hospitals, id: string): Promise<Timed> {
  const asked = await call<Asked>(b.server, "POST", "/api/requests", { study: id, purpose: "TREAT" });
  if (asked.state === "denied") throw new Error(`B's request was denied: ${JSON.stringify(asked)}`);
  const begun = performance.now();
  const now = (): Promise<Asked> => call<Asked>(b.server, "GET", `/api/requests/${asked.id}`);
  let deliveredMs = 0;
  await until("the study at B", 120, pollMs, async () => {
    const { state, localState } = await now();
    if (deliveredMs === 0 && state !== "granted") deliveredMs = performance.now() - begun;
    return localState === "held" ? true : null;
  });
  return { deliveredMs, seconds: (performance.now() - begun) / 1000 };
}

async function orthancTurn(from: Orthanc, study: BenchStudy, pids: readonly number[]): Promise<{ readonly seconds: number; readonly processor: number }> {
  await store(from, inMemory(study.files));
  const [found] = await call<string[]>(from, "POST", "/tools/lookup", study.uid).catch(() => []);
  const id = found ?? (await call<string[]>(from, "POST", "/tools/find", { Level: "Study", Query: { StudyInstanceUID: study.uid } }))[0];
  if (id === undefined) throw new Error("Orthanc does not find the study");
  const { result: seconds, processor } = await processorDuring(pids, async () => {
    const begun = performance.now();
    await call(from, "POST", "/peers/other/store", { Resources: [id], Synchronous: true });
    return (performance.now() - begun) / 1000;
  });
  return { seconds, processor };
}

/** The key alone: studies of one slice, so that nothing but the release takes time. */
async function latency(hospitals: Hospitals, rounds: number): Promise<number> {
  const make = studyMaker(1);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push((await fetchAtB(hospitals, await prepareShared(hospitals, make()))).deliveredMs);
  return median(times);
}

async function expectBoth(server: Server, orthanc: Orthanc | null, one: BenchStudy, two: BenchStudy): Promise<void> {
  await expectSame(server, one.uid, one.digests);
  if (orthanc !== null) await expectSame(orthanc, two.uid, two.digests);
}

/**
 * A CT of 200 slices from agent to agent: from the grant to the last byte verified, acknowledged on chain and visible at the other hospital. The
 * peer sends the same from one Orthanc to another in the clear, without TLS. Medians of turns. MB are 10^6 bytes.
 */
export async function run({ full }: BenchOptions): Promise<BenchRow[]> {
  const make = studyMaker(slices);
  const missing = orthancMissing();
  const hospitals = await startHospitals();
  const opened: Orthanc[] = [];
  try {
    const target = missing === null ? await startOrthanc(join(hospitals.dir, "orthanc-b")) : null;
    if (target !== null) opened.push(target);
    const source = target === null ? null : await startOrthanc(join(hospitals.dir, "orthanc-a"), { other: target.url });
    if (source !== null) opened.push(source);
    const { pid, server } = hospitals.b;
    forgetPeak(pid);
    const last: BenchStudy[] = [];
    const taken: number[][] = [[], []];
    const ours = async (): Promise<number> => {
      const study = make();
      last[0] = study;
      const id = await prepareShared(hospitals, study);
      await sleep(200);
      const { result, processor } = await processorDuring([hospitals.a.pid, pid], () => fetchAtB(hospitals, id));
      taken[0]?.push(processor);
      return result.seconds;
    };
    const theirs = (from: Orthanc) => async (): Promise<number> => {
      const study = make();
      last[1] = study;
      const { seconds, processor } = await orthancTurn(from, study, opened.map((one) => one.pid));
      taken[1]?.push(processor);
      return seconds;
    };
    const [own = [], peer = []] = await interleaved(full ? 7 : 3, [ours, ...(source === null ? [] : [theirs(source)])]);
    const [one, two] = last;
    if (one !== undefined) await expectBoth(server, target, one, two ?? one);
    const megabytes = (one?.bytes ?? 0) / 1e6;
    const rssMiB = peakMiB(pid);
    const row = { name: "agent to agent, grant to last verified byte, 200 CT slices", value: megabytes / median(own), unit: "MB/s", rssMiB };
    return [
      target === null
        ? { ...row, missingPeer: missing ?? "" }
        : { ...row, peer: `${orthancName}, peer to peer`, peerValue: megabytes / median(peer), ratio: median(own) === 0 ? 0 : median(peer) / median(own), peerRssMiB: peakMiB(target.pid) },
      ...(taken[1]?.length === 0
        ? []
        : [{ name: "processor time of it, sender and receiver", value: median(taken[0] ?? []), unit: "s", peer: `${orthancName}, peer to peer`, peerValue: median(taken[1] ?? []), ratio: median(taken[1] ?? []) / median(taken[0] ?? []), rssMiB }]),
      { name: "grant to key released, as the requester sees it", value: await latency(hospitals, full ? 7 : 3), unit: "ms", rssMiB },
    ];
  } finally {
    for (const orthanc of opened) await orthanc.stop();
    await hospitals.stop();
  }
}
