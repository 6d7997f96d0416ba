import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { openAccounts } from "../../node-agent/src/accounts/accounts.ts";
import { ApiClient, Unexpected } from "../journey/api-client.ts";
import type { Display } from "../journey/display.ts";
import { runJourney } from "../journey/run.ts";
import { folderSource, phantomSource, type Source } from "../journey/study-source.ts";
import { sampleFiles } from "../samples.ts";
import { type Consortium, ensureContracts, openConsortium } from "./consortium.ts";
import { hospitalKeyring, keyOf } from "./keys.ts";
import { type Layout, layout, ports, type Seat } from "./layout.ts";
import { type Login, patientLogin, patientPhrase, signIn, staffLogins } from "./people.ts";
import { requirePorts, requireSpace, requireStudy } from "./preflight.ts";

export type SessionOptions = { readonly dir: string; readonly portBase: number; readonly once: boolean; readonly json: boolean; readonly study?: string };

/** Free space for three copies of a study of ordinary size, and for the databases. */
const baseSpace = 500e6;

/** From nothing, or from kept state, to a running consortium with the journey done. Gives the exit status. Whatever happens, no child is left running. */
export async function startLocal(options: SessionOptions, display: Display, interrupt: AbortSignal): Promise<number> {
  const plan = layout(options.dir, options.portBase);
  const chosen = options.study === undefined ? [] : await requireStudy(options.study);
  await requireSpace(options.dir, baseSpace + 4 * chosen.reduce((sum, { size }) => sum + size, 0));
  await requirePorts(ports(plan));

  display.heading("Three hospitals and a regulator");
  const name = options.study === undefined ? "patient" : "patient-study";
  const phrase = await patientPhrase(plan, name);
  const study = await display.step(options.study === undefined ? "A head phantom is scanned" : "Your DICOM files are read", async (report) => {
    const source = options.study === undefined ? phantomSource(phrase) : await folderSource(chosen.map(({ path }) => path));
    report.note(`${source.files.length} instances, ${(source.files.reduce((sum, { size }) => sum + size, 0) / 1e6).toFixed(1)} MB`);
    return source;
  });
  await display.step("Contracts", async (report) => ensureContracts(report.note));
  const logins = await display.step("Keys and accounts", (report) => prepareAccounts(plan, report.note));
  const consortium = await display.step("Chain and contracts", (report) => openConsortium(plan, report.note));
  let status = 1;
  try {
    for (const seat of plan.seats) await display.step(`${seat.name}'s agent`, () => consortium.startAgent(seat.key));
    const patient = await patientLogin(plan, name, study);
    await admitPatient(logins, patient);
    const finished = await Promise.race([journey(plan, consortium, logins, patient, phrase, study, display), consortium.broken, aborted(interrupt)]);
    if (finished !== true) display.line(`\n${finished}`);
    else {
      status = 0;
      tellWho(plan, [...logins, patient], display);
      if (!options.once) display.line(await runOn(consortium, interrupt, display));
    }
  } catch (error) {
    if (!(error instanceof Unexpected)) display.line(`\n${error instanceof Error ? error.message : String(error)}`);
    else display.line("\nThe journey did not go as it must; the step above says where.");
  } finally {
    const unclean = await consortium.stop();
    if (unclean.length > 0) {
      display.line(`These did not end cleanly: ${unclean.join(", ")}`);
      status = 1;
    }
  }
  if (options.json) console.log(JSON.stringify({ ok: status === 0, steps: display.results }, null, 2));
  return status;
}

/** Makes the staff's accounts where they are missing. An observer's accounts are sealed with nothing: they hold no patient. */
async function prepareAccounts(plan: Layout, note: (text: string) => void): Promise<Login[]> {
  const logins = await staffLogins(plan);
  for (const seat of plan.seats) {
    await mkdir(dirname(seat.accountsFile), { recursive: true, mode: 0o700 });
    const indexKey = seat.role === "hospital" ? (await hospitalKeyring(seat)).indexKey : undefined;
    const accounts = await openAccounts(seat.accountsFile, indexKey === undefined ? {} : { indexKey });
    const known = new Set(accounts.list().map((account) => account.name));
    for (const login of logins.filter((one) => one.seat === seat && !known.has(one.name)))
      await accounts.put({ name: login.name, password: login.password, roles: login.roles as ("clinician" | "auditor" | "admin")[], patient: null });
  }
  note(`${logins.length} accounts; keyrings of ${plan.seats.filter(({ role }) => role === "hospital").length} hospitals`);
  return logins;
}

/** Hospital A's administrator gives the patient an account, by the agent's own interface. */
async function admitPatient(logins: readonly Login[], { name, password, roles, patient, seat }: Login): Promise<void> {
  const admin = logins.find((login) => login.seat.key === seat.key && login.name === "admin");
  if (admin === undefined || patient === undefined) throw new Error("no administrator, or no patient");
  const { patientId, issuer } = patient;
  await new ApiClient(`http://127.0.0.1:${seat.clinicalPort}`, admin.name, admin.password).post("/api/accounts", { name, password, roles, patient: { patientId, issuer } });
}

async function journey(plan: Layout, consortium: Consortium, logins: readonly Login[], patient: Login, phrase: string, study: Source, display: Display): Promise<true> {
  const samples = sampleFiles().map(({ path }) => path);
  const half = samples.findIndex((path) => path.includes("jpeg-lossless"));
  const reviewer = await keyOf(plan, "reviewer");
  const seat = (key: Seat["key"]): Seat => {
    const found = plan.seats.find((one) => one.key === key);
    if (found === undefined) throw new Error(`no institution ${key}`);
    return found;
  };
  await runJourney(
    {
      plan,
      founding: consortium.founding,
      people: signIn(logins, patient),
      phrase,
      reviewer,
      study,
      realA: await folderSource(samples.slice(0, half)),
      realB: await folderSource(samples.slice(half)),
      seat,
      startAgent: consortium.startAgent,
      stopAgent: consortium.stopAgent,
    },
    display,
  );
  return true;
}

function tellWho(plan: Layout, logins: readonly Login[], display: Display): void {
  display.heading("Who is reachable where");
  for (const seat of plan.seats) {
    display.line(`  ${seat.name.padEnd(12)} http://127.0.0.1:${seat.clinicalPort}/   DICOMweb at /dicom-web, JSON API at /api   readiness http://127.0.0.1:${seat.opsPort}/readyz`);
    for (const login of logins.filter((one) => one.seat.key === seat.key)) display.line(`      ${login.name.padEnd(14)} ${login.password}   ${login.roles.join(", ")}`);
  }
  display.line(`  chain        http://127.0.0.1:${plan.chainPort}   engine: embedded (EDR with a journal)   blocks: content-addressed folders`);
  display.line(`  state kept in ${plan.dir}; logs in ${plan.dir}/logs`);
}

async function runOn(consortium: Consortium, interrupt: AbortSignal, display: Display): Promise<string> {
  display.line("\nRunning. Ctrl-C ends everything cleanly; npm start continues from here.");
  return await Promise.race([consortium.broken, aborted(interrupt)]);
}

function aborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const tell = () => resolve("Stopped.");
    if (signal.aborted) tell();
    else signal.addEventListener("abort", tell, { once: true });
  });
}
