import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openAccounts } from "../../node-agent/src/accounts/accounts.ts";
import { ApiClient, Unexpected } from "../journey/api-client.ts";
import type { Display } from "../journey/display.ts";
import { runJourney } from "../journey/run.ts";
import { folderSource, phantomSource, type Source } from "../journey/study-source.ts";
import { sampleFiles } from "../samples.ts";
import { chooseEngines, type EngineChoice, type EngineWish } from "./engines/choose.ts";
import { type Consortium, ensureContracts, openConsortium } from "./consortium.ts";
import { discardContainers, endLeftovers, openContainers } from "./docker/consortium.ts";
import { hospitalKeyring, keyOf } from "./keys.ts";
import { type Layout, layout, ports, type Seat } from "./layout.ts";
import { type Login, patientLogin, patientPhrase, signIn, staffLogins } from "./people.ts";
import { forget, requireIdle, requirePorts, requireSameEngines, requireSpace, requireStudy } from "./preflight.ts";

export type SessionOptions = { readonly dir: string; readonly portBase: number; readonly once: boolean; readonly fresh: boolean; readonly json: boolean; readonly engines: EngineWish; readonly study?: string };

/** Free space for three copies of a study of ordinary size, and for the databases. */
const baseSpace = 500e6;

const interrupted = 130;

/**
 * From nothing, or from kept state, to a running consortium with the journey done. Gives the exit status. Whatever happens, no child is left
 * running. Throws Refusal when it cannot begin.
 */
export async function startLocal(options: SessionOptions, display: Display, interrupt: AbortSignal): Promise<number> {
  const plan = layout(options.dir, options.portBase);
  await mkdir(plan.dir, { recursive: true, mode: 0o700 });
  requireIdle(plan);
  const choice = await chooseEngines(options.engines, process.env);
  if (choice.docker !== null) await endLeftovers(plan, choice.docker.docker);
  await requirePorts([...choice.engines.chain.ports(plan), ...choice.engines.blocks.ports(plan), ...ports(plan)]);
  if (options.fresh) {
    if (choice.docker !== null) await discardContainers(plan, choice.docker.docker);
    await forget(plan);
  }
  await requireSameEngines(plan, choice.engines.chain.name);
  const chosen = options.study === undefined ? [] : await requireStudy(options.study);
  await requireSpace(options.dir, baseSpace + 4 * chosen.reduce((sum, { size }) => sum + size, 0));

  display.heading("Three hospitals and a regulator");
  for (const sentence of choice.sentences) display.line(`  ${sentence}`);
  const name = options.study === undefined ? "patient" : "patient-study";
  const phrase = await patientPhrase(plan, name);
  const study = await display.step(options.study === undefined ? "A head phantom is scanned" : "Your DICOM files are read", async (report) => {
    const source = options.study === undefined ? phantomSource(phrase) : await folderSource(chosen.map(({ path }) => path));
    report.note(`${source.files.length} instances, ${(source.files.reduce((sum, { size }) => sum + size, 0) / 1e6).toFixed(1)} MB`);
    return source;
  });
  await display.step("Contracts", async (report) => ensureContracts(report.note));
  const logins = await display.step("Keys and accounts", (report) => prepareAccounts(plan, report.note));
  if (interrupt.aborted) return interrupted;
  let status = 1;
  let failure: string | null = null;
  let consortium: Consortium | null = null;
  let reachable: readonly Door[] = [];
  try {
    const opened = await display.step("Chain and contracts", (report) => choice.docker === null ? openConsortium(plan, choice.engines, report.note, interrupt) : openContainers(plan, choice.docker, report.note, interrupt));
    consortium = opened;
    for (const seat of plan.seats) await display.step(`${seat.name}'s agent`, () => opened.startAgent(seat.key));
    const patient = await patientLogin(plan, name, study);
    await admitPatient(logins, patient);
    const ended = await Promise.race([journey(plan, opened, logins, patient, phrase, study, display), opened.broken, aborted(interrupt)]);
    if (ended !== true) throw new Error(ended);
    status = 0;
    reachable = doors(plan, [...logins, patient]);
    tellWho(plan, reachable, opened, choice, display);
    if (options.json) printAccount(plan, display, reachable, failure); // now, for whoever reads it while the consortium runs on
    if (!options.once) {
      const why = await runOn(opened, interrupt, display);
      display.line(why);
      if (!interrupt.aborted) status = 1;
    }
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
    if (interrupt.aborted) {
      display.silence();
      status = interrupted;
    } else if (error instanceof Unexpected) display.line("\nThe journey did not go as it must; the step above says where.");
    else display.line(`\n${failure}`);
    if (!interrupt.aborted) {
      const complaints = await unready(plan);
      for (const complaint of complaints) display.line(complaint);
      failure = [failure, ...complaints].join("; ");
    }
  } finally {
    const unclean = (await consortium?.stop()) ?? [];
    if (unclean.length > 0) {
      console.error(`These did not end cleanly: ${unclean.join(", ")}`);
      status = 1;
    }
  }
  if (status === interrupted && !options.json) console.log(`Stopped before the end of the journey; everything has ended. State is kept in ${plan.dir}, npm start begins the journey again.`);
  if (options.json && reachable.length === 0) printAccount(plan, display, reachable, failure);
  return status;
}

/** What agents that are not ready say about why: a full disk or a chain that stands still shows in a step as nothing but waiting. */
async function unready(plan: Layout): Promise<string[]> {
  const sentences: string[] = [];
  for (const seat of plan.seats) {
    const answer = await fetch(`http://127.0.0.1:${seat.opsPort}/readyz`).then((response) => response.json() as Promise<{ readonly checks: readonly { readonly name: string; readonly reason: string | null }[] }>, () => null);
    for (const { name, reason } of answer?.checks ?? []) if (reason !== null) sentences.push(`${seat.name} is not ready, ${name}: ${reason}`);
  }
  return sentences;
}

/** Where one institution answers, and who may sign in there. */
type Door = { readonly name: string; readonly role: Seat["role"]; readonly clinical: string; readonly ops: string; readonly accounts: readonly { readonly name: string; readonly password: string; readonly roles: readonly string[] }[] };

const doors = (plan: Layout, logins: readonly Login[]): Door[] =>
  plan.seats.map((seat) => ({
    name: seat.name,
    role: seat.role,
    clinical: `http://127.0.0.1:${seat.clinicalPort}`,
    ops: `http://127.0.0.1:${seat.opsPort}`,
    accounts: logins.filter((one) => one.seat.key === seat.key).map(({ name, password, roles }) => ({ name, password, roles })),
  }));

function printAccount(plan: Layout, display: Display, reachable: readonly Door[], error: string | null): void {
  console.log(JSON.stringify({ ok: error === null, error, steps: display.results, reachable, dir: plan.dir }, null, 2));
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
      loseData: consortium.loseData,
      written: consortium.written,
    },
    display,
  );
  return true;
}

function tellWho(plan: Layout, reachable: readonly Door[], { chain }: Consortium, { engines }: EngineChoice, display: Display): void {
  display.heading("Who is reachable where");
  for (const { name, role, clinical, ops, accounts } of reachable) {
    display.line(`  ${name.padEnd(12)} ${clinical}/   ${role === "hospital" ? "DICOMweb at /dicom-web, " : ""}JSON API at /api   readiness ${ops}/readyz`);
    for (const account of accounts) display.line(`      ${account.name.padEnd(14)} ${account.password}   ${account.roles.join(", ")}`);
  }
  display.line(`  chain        ${chain.url}   engine: ${engines.chain.description}   blocks: ${engines.blocks.description}`);
  if (engines.chain.name !== "embedded") for (const seat of plan.seats) display.line(`      ${seat.name.padEnd(14)} ${chain.endpointOf(seat)}`);
  display.line(`  state kept in ${plan.dir}; logs in ${join(plan.dir, "logs")}; each password is also a file in ${join(plan.dir, "people")}`);
  const [first] = plan.seats;
  if (first !== undefined)
    display.line(`\n  Try: npx fiducial study list --url http://127.0.0.1:${first.clinicalPort} --user clinician --password-file ${join(plan.dir, "people", `${first.key}-clinician.password`)}`);
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
