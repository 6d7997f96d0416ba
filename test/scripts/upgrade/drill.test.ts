import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { getAddress, type Hex } from "viem";
import { loadArtifacts } from "../../../scripts/deploy/artifacts.ts";
import { httpRpc } from "../../../scripts/deploy/http.ts";
import { implementationOf, read } from "../../../scripts/deploy/read.ts";
import { upgradeable } from "../../../scripts/generate/layouts.ts";
import { eventually } from "../../../scripts/journey/expect.ts";
import { advanceUpgrade, proposeUpgrade, stageOf, voteUpgrade } from "../../../scripts/upgrade/decide.ts";
import { artifactOf, initOf, prepareUpgrade, proxyOf } from "../../../scripts/upgrade/prepare.ts";
import { keepState, readState, type UpgradeName, type UpgradeState } from "../../../scripts/upgrade/state.ts";
import { inventStudy, stow, type StudyRow, wado } from "../../faults/support/study.ts";
import { foundTown, type Seat, seatAt, type Town } from "../../faults/support/town.ts";

/** Every contract is upgraded by vote on a running chain with history, while two hospitals' agents, processes of their own, share studies. */
const run = promisify(execFile);
const governance = { votingDelay: 1, votingPeriod: 60, timelockDelay: 2, gracePeriod: 86_400, minHospitals: 2 };
let town: Town;
let a: Seat;
let b: Seat;
const quiet = () => {};

test.before(async () => {
  town = await foundTown({ hospitals: 2, governance });
  [a, b] = [seatAt(town, 0), seatAt(town, 1)];
  await Promise.all([a.agent.start(), b.agent.start()]);
  await ready();
});
test.after.always(() => town.close());

const ready = () => eventually("both ready", 60, async () => ((await Promise.all([a, b].map((seat) => fetch(`${seat.agent.ready().ops}/readyz`)))).every(({ status }) => status === 200) ? true : null));
const fileOf = (contract: string): string => join(town.dir, `${contract}.upgrade.json`);
const keep = (state: UpgradeState) => keepState(fileOf(state.contract), state);
async function kept(contract: string): Promise<UpgradeState> {
  const state = await readState(fileOf(contract));
  if (state === null) throw new Error(`no state of ${contract} was kept`);
  return state;
}

/** One study from A's modality to B's viewer, byte for byte; gives its UID and what B was served. */
async function share(): Promise<{ readonly uid: string; readonly study: string; readonly digests: readonly string[] }> {
  const sent = inventStudy(2);
  await stow(a.as("clinician"), sent.files);
  const { study } = await eventually("registration", 120, async () => {
    const row = await a.as("clinician").get<StudyRow>(`/api/studies/${sent.uid}`);
    return row.state === "registered" ? row : null;
  });
  const now = Math.floor(Date.now() / 1000);
  const { proposal } = await a.as("clinician").post<{ proposal: string }>("/api/attestations", { study, grantee: 2, purposes: ["TREAT"], notBefore: now - 60, expiry: now + 86_400 });
  await a.as("second").post(`/api/attestations/${proposal}/approve`);
  await eventually("the consent at the requester", 60, async () => (await b.as("clinician").get<{ studies: StudyRow[] }>("/api/studies?scope=offered")).studies.find((one) => one.study === study));
  await b.as("clinician").post("/api/requests", { study, purpose: "TREAT", request: `0x${randomBytes(32).toString("hex")}` });
  const digests = await eventually("the study at the requester", 120, async () => {
    const served = await wado(b.as("clinician"), sent.uid);
    return typeof served !== "number" && served.length === sent.digests.length ? served : null;
  });
  if (digests.join() !== sent.digests.join()) throw new Error("B serves other bytes than A received");
  return { uid: sent.uid, study, digests };
}

/** What the agents and the contracts say of the consortium, apart from time. */
async function picture(study: string) {
  const rpc = httpRpc(town.chain.ready().url);
  const { MemberRegistry, StudyRegistry, ConsentRegistry, AccessLedger, CreditLedger } = await loadArtifacts();
  const { memberRegistry, studyRegistry, consentRegistry, accessLedger, creditLedger } = town.contracts;
  return {
    members: await a.as("auditor").get("/api/members"),
    consents: await b.as("auditor").get(`/api/consents?study=${study}`),
    study: await read(rpc, studyRegistry, StudyRegistry.abi, "study", [study]),
    consent: await read(rpc, consentRegistry, ConsentRegistry.abi, "consent", [study, 2]),
    terms: await read(rpc, consentRegistry, ConsentRegistry.abi, "terms"),
    deadlines: await read(rpc, accessLedger, AccessLedger.abi, "deadlines"),
    parameters: await read(rpc, creditLedger, CreditLedger.abi, "parameters"),
    member: await read(rpc, memberRegistry, MemberRegistry.abi, "member", [1]),
  };
}

const second = (contract: UpgradeName): string => `contracts/test/upgrades/${contract}V2.sol:${contract}V2`;

async function begun(contract: UpgradeName, at: number): Promise<UpgradeState> {
  const subject = { url: town.chain.ready().url, deployment: { ...town.contracts, deployedAtBlock: town.deployedAtBlock } };
  const init = initOf((await artifactOf(second(contract))).abi, "initializeSecond", [BigInt(at + 7)]);
  return await keep({ ...subject, contract, source: second(contract), proxy: proxyOf(subject, contract), init, before: null, candidate: null, checked: false, description: null });
}

test.serial("all six contracts are upgraded by vote while studies are being shared; nothing stops and nothing is lost", async (t) => {
  t.timeout(900_000);
  const rpc = httpRpc(town.chain.ready().url);
  const first = await share();
  const before = await picture(first.study);
  const [one, two] = town.governors;
  if (one === undefined || two === undefined) throw new Error("two governors are needed");

  for (const [at, contract] of upgradeable.entries()) await prepareUpgrade(rpc, await begun(contract, at), quiet, keep);
  // The sharing goes on from here to the end of the upgrades, and must not fail once.
  let over = false;
  const shared: { readonly uid: string; readonly digests: readonly string[] }[] = [];
  const sharing = (async () => {
    while (!over) shared.push(await share());
  })();
  sharing.catch(quiet);

  for (const contract of upgradeable) await proposeUpgrade(rpc, await kept(contract), { key: one, why: `The second version of ${contract}` }, quiet, keep);
  const vote = async (key: Hex) => {
    for (const contract of upgradeable) await voteUpgrade(rpc, await kept(contract), { key, support: 1, wait: true }, quiet);
  };
  await Promise.all([vote(one), vote(two)]);
  const told: string[] = [];
  await voteUpgrade(rpc, await kept("Council"), { key: one, support: 1, wait: true }, (step) => told.push(step));
  t.regex(told.join(), /has voted before/u, "a step that is repeated says so");
  const seen = await b.as("auditor").get<{ proposals: { does: string[]; storage: { source: string; changes: string[] }[]; standing: { twoThirds: boolean } }[] }>("/api/proposals");
  t.is(seen.proposals.length, upgradeable.length);
  for (const { does, storage, standing } of seen.proposals) {
    t.regex(does[0] ?? "", /^Upgrade \w+ to the code at 0x\w{40}, and make the call 0x\w{8} that goes with it$/u);
    t.true(standing.twoThirds);
    t.like(storage[0], { source: "claimed", changes: ["adds slot 0 byte 0: upgradedBy: t_uint64 in the new storage erc7201:fiducial.test.SecondVersion"] });
  }

  const sharedBefore = shared.length;
  for (const step of ["queue", "execute"] as const) {
    // As after an interruption: everything comes from the files.
    for (const contract of upgradeable) await advanceUpgrade(rpc, await kept(contract), step, true, quiet);
  }
  await eventually("a study shared through the upgrades and one wholly after them", 240, async () => (shared.length >= sharedBefore + 2 ? true : null));
  over = true;
  await sharing;
  t.log(`${shared.length} studies shared meanwhile`);

  const { abi } = await artifactOf(second("StudyRegistry"));
  for (const [at, contract] of upgradeable.entries()) {
    const state = await kept(contract);
    t.is(await implementationOf(rpc, state.proxy), getAddress(state.candidate ?? "0x"), contract);
    t.is(await read(rpc, state.proxy, abi, "upgradedBy"), BigInt(at + 7), contract);
    t.is((await stageOf(rpc, state)).stage, "executed");
  }
  t.deepEqual(await picture(first.study), before);
  t.deepEqual(await wado(b.as("clinician"), first.uid), first.digests, "what was held before is served after");
});

test.serial("an event of a newer version is kept whole and told, by log, metric, status and readiness; the agent serves on", async (t) => {
  await ready();
  for (const seat of [a, b]) {
    await eventually("every block read", 60, async () => ((await seat.as("admin").get<{ ledger: { unknownEvents: number } }>("/api/status")).ledger.unknownEvents === upgradeable.length ? true : null));
    const status = await seat.as("admin").get<{ ready: boolean; notes: string[] }>("/api/status");
    t.true(status.ready);
    t.regex(status.notes.join(), /^6 events of a newer contract version cannot be read/u);
    const { notes } = (await (await fetch(`${seat.agent.ready().ops}/readyz`)).json()) as { notes: string[] };
    t.is(notes.length, 1);
    t.regex(await (await fetch(`${seat.agent.ready().ops}/metrics`)).text(), /^fiducial_ledger_unknown_events 6$/mu);
    t.regex(await readFile(seat.log, "utf8"), /an event that this version cannot read is kept as it is/u);
    const { events } = await seat.as("auditor").get<{ events: { contract: Hex; topics: Hex[]; data: string }[] }>("/api/history?kinds=Unknown");
    t.deepEqual(events.map(({ topics }) => Number(topics[1])).sort((x, y) => x - y), upgradeable.map((_name, at) => at + 7));
  }
});

test.serial("a hospital that loses its disk afterwards reads the whole history again, upgrades included", async (t) => {
  t.timeout(300_000);
  const held = (await b.as("clinician").get<unknown[]>("/dicom-web/studies?limit=1000")).length;
  t.true(held >= 3);
  await b.agent.child().stop();
  await rm(b.dataDir, { recursive: true });
  await b.agent.start();
  await ready();
  await eventually("everything back at B", 180, async () => ((await b.as("clinician").get<unknown[]>("/dicom-web/studies?limit=1000")).length === held ? true : null));
  t.is((await b.as("admin").get<{ ledger: { unknownEvents: number } }>("/api/status")).ledger.unknownEvents, upgradeable.length);
});

test.serial("the program does the same by hand, says what it did before, and refuses harm before anybody is asked to vote", async (t) => {
  t.timeout(300_000);
  const [deployment, state, key] = [join(town.dir, "deployment.json"), join(town.dir, "by-hand.json"), join(town.dir, "governor.key")];
  await writeFile(deployment, JSON.stringify({ ...town.contracts, deployedAtBlock: town.deployedAtBlock }));
  await writeFile(key, `${town.governors[0] ?? ""}\n`);
  const upgrade = (...args: string[]) => run(process.execPath, ["scripts/upgrade.ts", ...args]).then(({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }), (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, out: error.stdout, err: error.stderr }));
  const where = ["--rpc", town.chain.ready().url, "--deployment", deployment, "--contract", "StudyRegistry"];
  const harmful = await upgrade("prepare", "--state", join(town.dir, "harm.json"), ...where, "--source", "contracts/test/upgrades/StudyRegistryFrozen.sol:StudyRegistryFrozen");
  t.is(harmful.code, 1);
  t.regex(harmful.err, /it could never be upgraded again/u);
  t.regex((await upgrade("propose", "--state", join(town.dir, "harm.json"), "--key-file", key, "--why", "x")).err, /has not passed its checks/u);
  t.regex((await upgrade("propose", "--state", join(town.dir, "nothing.json"), "--key-file", key, "--why", "x")).err, /run prepare first/u);
  const prepared = await upgrade("prepare", "--state", state, ...where);
  t.is(prepared.code, 0, prepared.err);
  const candidate = (await readState(state))?.candidate;
  t.is((await upgrade("prepare", "--state", state)).code, 0, "again: the code is there, and looked over once more");
  t.is((await readState(state))?.candidate, candidate);
  t.is((await upgrade("propose", "--state", state, "--key-file", key, "--why", "Back to the first version")).code, 0);
  t.regex((await upgrade("propose", "--state", state, "--key-file", key)).err, /proposed before/u);
  t.regex((await upgrade("vote", "--state", state, "--key-file", key, "--wait")).out, /"state":"active","against":0,"for":1/u);
  t.regex((await upgrade("queue", "--state", state)).err, /the proposal is active; this step needs it succeeded \(--wait waits for it\)/u);
  t.regex((await upgrade("--help")).out, /Exit codes/u);
});
