import { randomBytes } from "node:crypto";
import test from "ava";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { eventually } from "../../../scripts/journey/expect.ts";
import { skipLoudly } from "../../support/skip.ts";
import { inventStudy, stow, type StudyRow, wado } from "../support/study.ts";
import { keeps, share } from "./support/keepers.ts";
import { foundIpfsTown } from "./support/ipfs-town.ts";

const programs = findIpfsPrograms();
const missing = "Kubo and IPFS Cluster are not built (npm run engines)";

test("a study is registered once two institutions keep it, read by another hospital, and given up by all when its custodian withdraws it", async (t) => {
  if (programs === null) return skipLoudly(t, missing);
  t.timeout(300_000);
  const { town, seat, member, close } = await foundIpfsTown(programs, { hospitals: 3 });
  t.teardown(close);
  const [a, b] = [seat(0), seat(1)];
  const sent = inventStudy(3, 512);
  t.is((await stow(a.as("clinician"), sent.files)).status, 200);
  type Row = StudyRow & { readonly root: string; readonly replicas: readonly { readonly member: number }[] };
  const row = await eventually("registration", 90, async () => {
    const now = await a.as("clinician").get<Row>(`/api/studies/${sent.uid}`);
    return now.state === "registered" ? now : null;
  });
  const pins = async (place: number): Promise<string[]> => Object.keys((await member(place).rpc<{ Keys: Record<string, unknown> }>("pin/ls?type=recursive")).Keys).filter((key) => key.startsWith("bafy"));
  const own = await pins(0);
  t.is(own.length, 1, "our own Kubo keeps the root");
  const holders = (await Promise.all([1, 2].map(pins))).filter((list) => list.includes(own[0] ?? "")).length;
  t.true(holders >= 1, "another institution keeps it");
  const names = JSON.stringify(await (await member(1).rest("GET", "/allocations")).text());
  t.false(names.includes(sent.patientId) || names.includes(sent.uid), "pins say nothing of whose they are");
  const status = await a.as("admin").get<{ engines: { blocks: string } }>("/api/status").catch(() => a.as("clinician").get<{ engines: { blocks: string } }>("/api/status"));
  t.regex(status.engines.blocks, /Kubo and IPFS Cluster/u);

  const now = Math.floor(Date.now() / 1000);
  const { proposal } = await a.as("clinician").post<{ proposal: string }>("/api/attestations", { study: row.study, grantee: 2, purposes: ["TREAT"], notBefore: now - 60, expiry: now + 86_400 });
  await a.as("second").post(`/api/attestations/${proposal}/approve`);
  await eventually("the consent at the requester", 30, async () => (await b.as("clinician").get<{ studies: StudyRow[] }>("/api/studies?scope=offered")).studies.find((one) => one.study === row.study));
  const request = `0x${randomBytes(32).toString("hex")}`;
  await b.as("clinician").post("/api/requests", { study: row.study, purpose: "TREAT", request });
  await eventually("the study at the requester", 60, async () => ((await b.as("clinician").get<{ localState: string }>(`/api/requests/${request}`)).localState === "held" ? true : null));
  t.deepEqual(await wado(b.as("clinician"), sent.uid), sent.digests);

  await a.as("clinician").post(`/api/studies/${row.study}/withdraw`, { reason: 7 });
  const listed = async (): Promise<number> => (await member(1).rest("GET", `/allocations/${own[0] ?? ""}`)).status;
  await eventually("off the list", 30, async () => ((await listed()) === 404 ? true : null));
  t.deepEqual(await wado(a.as("clinician"), sent.uid), sent.digests, "local clinicians keep it");

  // Another one is erased by order.
  const gone = inventStudy(2, 512);
  const { root, study } = await share(a, gone);
  const before = (await member(0).rpc<{ RepoSize: number }>("repo/stat")).RepoSize;
  await a.as("clinician").post(`/api/studies/${study}/erase`, { confirm: "erase" });
  t.is(await wado(a.as("clinician"), gone.uid), 410);
  t.false(await keeps(member(0), root), "our Kubo no longer keeps it");
  t.true((await member(0).rpc<{ RepoSize: number }>("repo/stat")).RepoSize < before, "and its blocks are deleted");
  await eventually("off the others' list", 60, async () => ((await member(1).rest("GET", `/allocations/${root.toString()}`)).status === 404 ? true : null));
  t.regex((await a.as("clinician").problem("GET", `/dicom-web/studies/${gone.uid}/metadata`)).code, /STUDY_ERASED/u);
  t.is(town.seats.length, 3);
});
