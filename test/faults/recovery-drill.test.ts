import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { findIpfsPrograms } from "../../network/ipfs/find-engine.ts";
import { eventually } from "../../scripts/journey/expect.ts";
import { hospitalXpub } from "../../node-agent/src/wallet/account.ts";
import { memberId } from "../../node-agent/src/model/ids.ts";
import { newPhrase } from "../../node-agent/src/wallet/phrase.ts";
import { skipLoudly } from "../support/skip.ts";
import { foundIpfsTown } from "./ipfs/support/ipfs-town.ts";
import { stateOf } from "./support/state.ts";
import { inventStudy, type Sent, stow, type StudyRow, wado } from "./support/study.ts";
import { foundTown, type Seat, seatAt } from "./support/town.ts";

type Report = { readonly complete: boolean; readonly ownStudies: { readonly here: number }; readonly copies: { readonly here: number }; readonly patients: number };
type Ran = { readonly status: number; readonly out: string; readonly err: string };
const own = 20;

/** `fiducial recover` as an operator runs it. */
const recover = (seat: Seat, stalledAfter = 60): Promise<Ran> =>
  promisify(execFile)(process.execPath, ["node-agent/src/main.ts", "--json", "recover", "--config", seat.config, "--stalled-after", String(stalledAfter)], { maxBuffer: 1 << 24 }).then(
    ({ stdout, stderr }) => ({ status: 0, out: stdout, err: stderr }),
    (error: { readonly code?: unknown; readonly stdout?: string; readonly stderr?: string }) => ({ status: Number(error.code), out: error.stdout ?? "", err: error.stderr ?? "" }),
  );

const registered = (seat: Seat, uid: string): Promise<StudyRow> =>
  eventually("registration", 120, async () => {
    const row = await seat.as("clinician").get<StudyRow>(`/api/studies/${uid}`);
    return row.state === "registered" ? row : null;
  });

/** Consent on paper for `grantee`, by two people, and the grantee's fetch. */
async function copyTo(from: Seat, to: Seat, study: string): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const { proposal } = await from.as("clinician").post<{ proposal: string }>("/api/attestations", { study, grantee: to.member, purposes: ["TREAT"], notBefore: now - 60, expiry: now + 86_400 });
  await from.as("second").post(`/api/attestations/${proposal}/approve`);
  await eventually("the consent at the grantee", 60, async () => (await to.as("clinician").get<{ studies: StudyRow[] }>("/api/studies?scope=offered")).studies.find((one) => one.study === study));
  const request = `0x${randomBytes(32).toString("hex")}`;
  await to.as("clinician").post("/api/requests", { study, purpose: "TREAT", request });
  await eventually("the copy", 120, async () => ((await to.as("clinician").get<{ localState: string }>(`/api/requests/${request}`)).localState === "held" ? true : null));
}

/** Twenty own studies, two copies of another hospital's, an enrolled wallet without a study; gives what was sent. */
async function live(a: Seat, b: Seat): Promise<readonly Sent[]> {
  const mine = Array.from({ length: own }, (_one, at) => inventStudy(at === 0 ? 4 : 2, at === 0 ? 900 : 48));
  const theirs = [inventStudy(3), inventStudy(2)];
  for (const { files } of mine) await stow(a.as("clinician"), files);
  for (const { files } of theirs) await stow(b.as("clinician"), files);
  for (const { uid } of mine) await registered(a, uid);
  for (const { uid } of theirs) await copyTo(b, a, (await registered(b, uid)).study);
  await a.as("clinician").post("/api/patients", { patientId: "WITHOUT-STUDY", issuer: "", xpub: hospitalXpub(newPhrase(), memberId(a.member)) });
  return [...mine, ...theirs];
}

/** Everything of a hospital's is destroyed but keyring, configuration and accounts, and comes back. */
async function drill(t: ExecutionContext, a: Seat, b: Seat, lose: () => Promise<void>): Promise<void> {
  const sent = await live(a, b);
  await eventually("the register of enrolments at another hospital", 60, async () => (/register of enrolments kept/u.test(await readFile(a.log, "utf8")) ? true : null));
  await a.agent.child().stop();
  const before = stateOf(a);
  t.is(before.studies, sent.length);
  await rm(a.dataDir, { recursive: true });
  await lose();

  const ran = await recover(a);
  t.is(ran.status, 0, `${ran.out}${ran.err}`);
  const report = JSON.parse(ran.out) as Report;
  t.like(report, { complete: true, ownStudies: { here: own }, copies: { here: 2 } });
  t.deepEqual(stateOf(a), before, "the state is the same function of chain, blocks and keyring");

  await a.agent.start();
  await eventually("ready", 60, async () => ((await fetch(`${a.agent.ready().ops}/readyz`)).status === 200 ? true : null));
  for (const { uid, digests } of sent) t.deepEqual(await wado(a.as("clinician"), uid), digests);
  const again = inventStudy(2);
  await stow(a.as("clinician"), again.files);
  await registered(a, again.uid);
  t.deepEqual(await wado(a.as("clinician"), again.uid), again.digests, "and life goes on");
}

test.serial("two hospitals, one loses its disk: everything is back from keyring, chain and the other hospital", async (t) => {
  t.timeout(1_200_000);
  const town = await foundTown({ hospitals: 2 });
  t.teardown(town.close);
  const [a, b] = [seatAt(town, 0), seatAt(town, 1)];
  await Promise.all([a.agent.start(), b.agent.start()]);
  await drill(t, a, b, async () => {});

  // The only other keeper is away: what cannot be found is told, with a status that says so, and comes back once it is there again.
  await Promise.all([a.agent.child().stop(), b.agent.child().kill()]);
  await rm(a.dataDir, { recursive: true });
  const short = await recover(a, 5);
  t.is(short.status, 6, short.err);
  t.like(JSON.parse(short.out), { complete: false, ownStudies: { here: 0 } });
  t.regex(short.err, /CLI_NOT_RECOVERED/u);
  await b.agent.start();
  const whole = await recover(a);
  t.is(whole.status, 0, `${whole.out}${whole.err}`);
});

test.serial("the same on Kubo and IPFS Cluster, with another hospital's cluster peer lost as well", async (t) => {
  const programs = findIpfsPrograms();
  if (programs === null) return skipLoudly(t, "Kubo and IPFS Cluster are not built (npm run engines)");
  t.timeout(1_200_000);
  const { seat, member, close } = await foundIpfsTown(programs, { hospitals: 3 });
  t.teardown(close);
  const [a, b] = [seat(0), seat(1)];
  const gone = async (): Promise<void> => {
    await member(2).cluster().kill();
    await member(2).kubo().kill();
  };
  await drill(t, a, b, gone);
});
