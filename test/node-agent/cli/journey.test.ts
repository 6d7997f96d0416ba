import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import type { StudyDetail, StudyRow } from "../../../node-agent/src/cli/api.ts";
import type { Finding } from "../../../node-agent/src/cli/doctor/finding.ts";
import type { LedgerEvent } from "../../../node-agent/src/model/ledger-events.ts";
import type { CreditView, RequestView } from "../../../node-agent/src/model/ledger-views.ts";
import { generatePhantom } from "../../../scripts/phantom/phantom.ts";
import { fiducial, folder, type Ran } from "./run-program.ts";
import { foundTown, logOf, type Seat, type Town } from "./town.ts";

type Failed = { readonly error: { readonly code: string; readonly message: string; readonly hint: string } };
const patient = { name: "DOE^JANE", id: "MARKER-4711", birthDate: "19700101", sex: "F" } as const;

/** A command that must end with `status`: its result, or for another status its error. */
async function ask<Value>(t: ExecutionContext, ran: Promise<Ran>, status = 0): Promise<Value> {
  const done = await ran;
  t.is(done.status, status, `${done.err}${done.out}`);
  return JSON.parse(status === 0 ? done.out : done.err) as Value;
}

async function until(t: ExecutionContext, what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`);
    await sleep(200);
  }
  t.pass(what);
}

const digestsIn = async (dir: string): Promise<string[]> =>
  (await Promise.all((await readdir(dir)).filter((name) => name !== "README.txt").map(async (name) => createHash("sha256").update(await readFile(join(dir, name))).digest("hex")))).sort();

const ready = async ({ urls }: Seat): Promise<boolean> => (await fetch(`${urls.ops}/readyz`)).status === 200;

test("a study's whole life by the command line alone", async (t) => {
  t.timeout(240_000);
  const dir = await folder(t);
  const keyFile = join(dir, "reviewer.key");
  const { address: reviewer } = await ask<{ readonly address: `0x${string}` }>(t, fiducial(["--json", "review", "key", "--out", keyFile]));
  const town: Town = await foundTown(dir, reviewer);
  const { a, b, regulator } = town;
  const doctor = <Value>(seat: Seat, args: readonly string[], status = 0) => ask<Value>(t, seat.as("doctor", args), status);
  const auditor = <Value>(seat: Seat, args: readonly string[], status = 0) => ask<Value>(t, seat.as("auditor", args), status);
  try {
    await until(t, "all agents are ready", async () => (await Promise.all([a, b, regulator].map(ready))).every(Boolean));
    for (const { config } of [a, regulator]) {
      const { findings } = await ask<{ readonly findings: readonly Finding[] }>(t, fiducial(["--json", "doctor", "--config", config]));
      t.deepEqual(findings.filter(({ state }) => state !== "ok" && state !== "skip"), [], "nothing to mend");
    }
    const mistaken = join(dir, "a", "mistaken.yaml");
    await writeFile(mistaken, (await readFile(a.config, "utf8")).replace("member: 1", "member: 2"));
    const { findings: wrong } = await ask<{ readonly findings: readonly Finding[] }>(t, fiducial(["--json", "doctor", "--config", mistaken]).then((ran) => ({ ...ran, status: ran.status === 1 ? 0 : -1 })));
    for (const check of ["registered TLS key", "registered OpenPGP certificate", "registered operator"]) t.is(wrong.find((one) => one.check === check)?.state, "fail", check);

    const files = join(dir, "study");
    await mkdir(files);
    for (const { name, bytes } of generatePhantom({ slices: 5, size: 64, patient })) await writeFile(join(files, name), bytes);
    await writeFile(join(files, "README.txt"), "not DICOM");
    const phrase = join(dir, "phrase");
    await ask(t, fiducial(["--json", "wallet", "new", "--out", phrase]));
    const { xpub } = await ask<{ readonly xpub: string }>(t, fiducial(["--json", "wallet", "xpub", "--member", "1", "--phrase-file", phrase]));
    await doctor(a, ["patient", "enrol", "--patient-id", patient.id, "--xpub", xpub]);

    t.like(await doctor(a, ["study", "store", files]), { files: 5, stored: 5, failed: [] });
    t.like(await doctor(a, ["study", "store", files]), { stored: 5, failed: [] }, "storing again is harmless");
    const broken = join(dir, "broken");
    await mkdir(broken);
    const [whole = ""] = (await readdir(files)).filter((name) => name !== "README.txt");
    await writeFile(join(broken, whole), (await readFile(join(files, whole))).subarray(0, 4000));
    t.is((await doctor<Failed>(a, ["study", "store", broken], 1)).error.code, "CLI_PARTLY_STORED", "a cut file is refused with its reason");
    t.is((await doctor<Failed>(a, ["study", "store", join(dir, "a", "people")], 2)).error.code, "CLI_NO_DICOM");
    const { studies } = await doctor<{ readonly studies: readonly StudyRow[] }>(a, ["study", "list"]);
    t.is(studies.length, 1);
    const [{ uid, study } = { uid: null, study: "" }] = studies;
    await doctor(a, ["study", "seal", uid ?? ""]);
    await until(t, "the study is registered", async () => (await doctor<StudyDetail>(a, ["study", "show", study])).state === "registered");

    const denied = await doctor<Failed>(b, ["request", "create", study, "--purpose", "TREAT"], 4);
    t.is(denied.error.code, "CLI_DENIED");
    t.regex(denied.error.message, /noConsent/u);

    await doctor(a, ["consent", "grant", study, "--grantee", "2", "--purposes", "TREAT", "--days", "30", "--phrase-file", phrase]);
    await until(t, "B has read the consent that A relayed", async () => (await doctor<{ readonly consents: readonly unknown[] }>(b, ["consent", "list", study])).consents.length > 0);
    t.like(await doctor(b, ["consent", "list", study]), { consents: [{ grantee: 2, purposes: ["TREAT"], class: "signed" }] });
    const got = await doctor<RequestView & { readonly localState: string }>(b, ["request", "create", study, "--purpose", "TREAT", "--wait", "--timeout", "60"]);
    t.is(got.localState, "held");
    t.like(await doctor(b, ["study", "export", study, join(dir, "out")]), { instances: 5 });
    t.deepEqual(await digestsIn(join(dir, "out")), await digestsIn(files), "byte for byte what was stored");

    const here = await doctor<{ readonly events: readonly LedgerEvent[] }>(a, ["history", "--study", study, "--all"]);
    await until(t, "the regulator sees the same history", async () => {
      const there = await auditor<{ readonly events: readonly LedgerEvent[] }>(regulator, ["history", "--study", study, "--all"]);
      return JSON.stringify(there.events) === JSON.stringify(here.events);
    });
    t.true(here.events.some((event) => event.kind === "AccessRequested" && !event.granted), "the refusal is in the history");
    const { events: changes } = await auditor<{ readonly events: readonly LedgerEvent[] }>(regulator, ["history", "--kinds", "CreditChanged", "--all"]);
    t.true(changes.some((event) => event.kind === "CreditChanged" && event.subject === 1 && event.delta > 0), "the custodian earned by delivering");
    t.is((await doctor<CreditView>(a, ["credit"])).score, 400, "and as a newcomer shows no more than the cap");
    t.is((await doctor<{ readonly members: readonly unknown[] }>(b, ["member", "list"])).members.length, 3);

    const prepared = join(dir, "revocation.json");
    const signed = join(dir, "signed.json");
    await doctor(a, ["consent", "prepare", study, "--grantee", "2", "--revoke", "--out", prepared]);
    await ask(t, fiducial(["--json", "consent", "sign", prepared, "--phrase-file", phrase, "--out", signed]));
    await doctor(b, ["consent", "submit", signed]);
    await until(t, "the copy is gone", async () => (await doctor<StudyDetail>(b, ["study", "show", study])).state === "dropped");
    t.is((await doctor<Failed>(b, ["study", "export", uid ?? "", join(dir, "late")], 4)).error.code, "STUDY_CONSENT_REVOKED");
    await doctor(b, ["request", "create", study, "--purpose", "TREAT"], 4);

    const before = await doctor<CreditView>(b, ["credit", "2"]);
    const emergency = await doctor<RequestView>(b, ["request", "create", study, "--purpose", "ETREAT", "--wait"]);
    t.true(emergency.emergency);
    await until(t, "the regulator has it to review", async () => (await auditor<{ readonly requests: readonly RequestView[] }>(regulator, ["review", "list"])).requests.some(({ id }) => id === emergency.id));
    const review = join(dir, "review.json");
    await auditor(regulator, ["review", "sign", emergency.id, "--not-justified", "--reasons", "no entry in the log", "--key-file", keyFile, "--out", review]);
    await auditor(a, ["review", "submit", review]);
    t.is((await auditor<RequestView>(a, ["request", "show", emergency.id])).review, "notJustified");
    t.true((await doctor<CreditView>(b, ["credit", "2"])).score < before.score, "it cost credit");

    const paper = await doctor<{ readonly proposal: string }>(a, ["consent", "attest", study, "--grantee", "2", "--purposes", "TREAT,PATRQT", "--days", "20"]);
    t.like(await doctor(a, ["consent", "pending"]), { attestations: [{ proposal: paper.proposal, grantee: 2, proposedBy: "doctor" }] });
    t.is((await doctor<Failed>(a, ["consent", "approve", paper.proposal], 4)).error.code, "ATTESTATION_SAME_PERSON");
    await ask(t, a.as("colleague", ["consent", "approve", paper.proposal]));
    t.like(await doctor(a, ["consent", "list", study]), { consents: [{ grantee: 2, class: "attested" }] });
    t.deepEqual(await doctor(a, ["consent", "pending"]), { attestations: [] });
    await doctor(a, ["consent", "withdraw", study, "--grantee", "2"]);
    t.deepEqual(await doctor(a, ["consent", "list", study]), { consents: [] });
    const second = await doctor<{ readonly proposal: string }>(a, ["consent", "attest", uid ?? "", "--grantee", "any", "--purposes", "HRESCH"]);
    await ask(t, a.as("colleague", ["consent", "reject", second.proposal]));
    t.is((await doctor<Failed>(a, ["consent", "approve", second.proposal], 5)).error.code, "ATTESTATION_UNKNOWN", "a rejected one cannot be approved");
    t.is((await doctor<Failed>(b, ["study", "withdraw", study], 4)).error.code, "STUDY_NOT_OURS");
    await doctor(a, ["study", "withdraw", study, "--reason", "3"]);
    t.is((await doctor<StudyDetail>(a, ["study", "show", study])).state, "withdrawn");
    t.regex((await doctor<Failed>(b, ["request", "create", study, "--purpose", "ETREAT"], 4)).error.message, /study/iu, "nobody is granted a withdrawn study");

    t.is((await doctor<Failed>(a, ["study", "show", `0x${"9".repeat(64)}`], 5)).error.hint === "", false);
    await auditor(a, ["study", "store", files], 4);
    const proof = join(dir, "history.ndjson");
    const exported = await auditor<{ readonly events: number; readonly blocks: number }>(regulator, ["history", "export", proof, "--proof"]);
    const verified = await fiducial(["--json", "verify", proof, "--config", regulator.config]);
    t.is(verified.status, 8, "an embedded chain proves nothing");
    t.regex(verified.err, /integrity of the chain of hashes only/u);
    t.like(verified.json(), { verdict: "hashes-only", events: exported.events, headers: exported.blocks, findings: [] });
    const records = (await readFile(proof, "utf8")).split("\n");
    await writeFile(proof, records.filter((line) => !line.startsWith('{"block":3,')).join("\n"));
    const refused = await fiducial(["verify", proof, "--config", regulator.config]);
    t.is(refused.status, 7);
    t.regex(refused.out, /REFUSED[\s\S]*block 3 .*block-missing/u);
    t.is((await fiducial(["verify", join(dir, "nowhere")])).status, 2);
    const about = await auditor<{ readonly events: number }>(regulator, ["history", "export", join(dir, "one.ndjson"), "--proof", "--study", study]);
    t.true(about.events > 0 && about.events < exported.events, "one study's records only");
    await auditor(regulator, ["history", "export", join(dir, "history.csv")]);
    t.regex(await readFile(join(dir, "history.csv"), "utf8"), /^block,logIndex/u);

    t.deepEqual(await town.close(), [true, true, true], "SIGTERM ends every agent with status 0");
    for (const seat of [a, b, regulator]) t.notRegex(await logOf(seat), /MARKER|DOE\^JANE/u);
  } catch (error) {
    for (const seat of [a, b, regulator]) t.log((await logOf(seat)).split("\n").slice(-15).join("\n"));
    throw error;
  } finally {
    await town.close();
  }
});
