import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { findIpfsPrograms } from "../../network/ipfs/find-engine.ts";
import { folderBlocks } from "../local/engines/block-engine.ts";
import { ipfsBlocks } from "../local/engines/ipfs-blocks.ts";
import { call, type Server, until } from "./api.ts";
import { expectSame, inMemory, retrieve, store } from "./dicomweb.ts";
import { type Hospital, startHospitals } from "./hospitals.ts";
import { ipfsMissing } from "./ipfs-copy.ts";
import { manyInstances } from "./many-instances.ts";
import { forgetPeak, peakMiB, residentMiB } from "./memory.ts";
import type { BenchOptions, BenchRow } from "./row.ts";

const perRequest = 500;
const patienceSeconds = 900;
const day = 86_400;

type Asked = { readonly id: string; readonly state: string; readonly localState: string | null };

/** Runs a stage and tells its seconds and the most memory that each hospital's agent had meanwhile. */
async function stage(what: string, hospitals: readonly Hospital[], work: () => Promise<unknown>): Promise<{ readonly seconds: number; readonly peaks: number[] }> {
  for (const { pid } of hospitals) forgetPeak(pid);
  const begun = performance.now();
  await work();
  const seconds = (performance.now() - begun) / 1000;
  const peaks = hospitals.map(({ pid }) => peakMiB(pid));
  console.error(`  ${what}: ${seconds.toFixed(1)} s, ${peaks.map((peak) => `${Math.round(peak)} MiB`).join(" and ")}`);
  return { seconds, peaks };
}

async function consent({ server, second }: Hospital, study: string, grantee: number): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const { proposal } = await call<{ proposal: string }>(server, "POST", "/api/attestations", { study, grantee, purposes: ["TREAT"], notBefore: now - 60, expiry: now + day });
  await call(second, "POST", `/api/attestations/${proposal}/approve`);
}

async function registered(server: Server, uid: string): Promise<string> {
  await call(server, "POST", `/api/studies/${uid}/seal`);
  const { study } = await until("registration", patienceSeconds, 200, async () => {
    const found = await call<{ study: string; state: string }>(server, "GET", `/api/studies/${uid}`);
    return found.state === "registered" ? found : null;
  });
  return study;
}

async function fetched(server: Server, study: string): Promise<void> {
  const asked = await call<Asked>(server, "POST", "/api/requests", { study, purpose: "TREAT" });
  if (asked.state === "denied") throw new Error("the request was denied");
  await until("the study at B", patienceSeconds, 200, async () => ((await call<Asked>(server, "GET", `/api/requests/${asked.id}`)).localState === "held" ? true : null));
}

/** What lies in the agent's own folder of blocks: little where its Kubo keeps the study. */
async function folderBytes({ seat }: Hospital): Promise<number> {
  const dir = join(seat.dataDir, "blocks", "segments");
  const sizes = await Promise.all((await readdir(dir)).map(async (name) => (await stat(join(dir, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * One study of 4,000 instances (`full`: 20,000) through its life on real daemons: uploaded, built, placed at two institutions and registered, fetched at
 * another hospital, read whole. Seconds of each stage and the most memory of both agents. Nothing else does this whole work, so nothing stands beside it.
 */
export async function run({ full }: BenchOptions): Promise<BenchRow[]> {
  const study = manyInstances(full ? 20_000 : 4000);
  const programs = findIpfsPrograms();
  const missing = ipfsMissing();
  if (missing !== null) console.error(`  ${missing}: copies go from agent to agent`);
  const hospitals = await startHospitals({ replicas: 2, blocks: programs === null ? folderBlocks : ipfsBlocks(programs) });
  const { a, b } = hospitals;
  const both = [a, b];
  const idle = both.map(({ pid }) => residentMiB(pid));
  const rows: BenchRow[] = [];
  const name = `${study.count} instances (${Math.round(study.bytes / 1e6)} MB)`;
  const note = (what: string, seconds: number, peaks: readonly number[]): void => void rows.push({ name: `${name}: ${what}`, value: seconds, unit: "s", rssMiB: Math.max(...peaks) });
  let most = [0, 0];
  const measured = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const { seconds, peaks } = await stage(what, both, work);
    most = most.map((peak, at) => Math.max(peak, peaks[at] ?? 0));
    note(what, seconds, peaks);
  };
  try {
    await measured(`upload, ${perRequest} a request`, async () => {
      for (let at = 0; at < study.count; at += perRequest) await store(a.server, inMemory(Array.from({ length: Math.min(perRequest, study.count - at) }, (_, more) => study.file(at + more))));
    });
    let id = "";
    await measured("root built, placed at two institutions, registered", async () => {
      id = await registered(a.server, study.study);
    });
    await measured("consent and grant on chain", () => consent(a, id, b.seat.member));
    await measured("request to fetched, verified and acknowledged", () => fetched(b.server, id));
    const own = (await folderBytes(b)) < study.bytes / 2;
    console.error(`  it lies in the other hospital's ${own ? "Kubo, which was chosen to keep it" : "folder"}`);
    await measured("read whole at the other hospital", () => retrieve(b.server, study.study));
    await measured("read whole at the custodian", () => retrieve(a.server, study.study));
    await expectSame(b.server, study.study, study.digests());
    for (const [at, hospital] of both.entries()) rows.push({ name: `${name}: memory above idle, ${hospital.seat.name}`, value: (most[at] ?? 0) - (idle[at] ?? 0), unit: "MiB", rssMiB: most[at] ?? 0 });
    return rows;
  } finally {
    await hospitals.stop();
  }
}
