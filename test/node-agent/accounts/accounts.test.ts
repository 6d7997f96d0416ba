import { randomBytes } from "node:crypto";
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { openAccounts } from "../../../node-agent/src/accounts/accounts.ts";
import { Fault } from "../../../node-agent/src/model/fault.ts";
import type { Accounts, Principal } from "../../../node-agent/src/ports/accounts.ts";
import { killAfter } from "../../support/kill-after.ts";

const folder = await mkdtemp(join(tmpdir(), "fiducial-accounts-"));
test.after.always(() => rm(folder, { recursive: true }));
const indexKey = randomBytes(32);
const path = (name: string): string => join(folder, `${name}.json`);
const password = "correct horse battery";
const doctor = { name: "doctor@a.example", roles: ["clinician", "admin"], patient: null, password } as const;
const patient = { name: "patient-7", roles: ["patient"], patient: { patientId: "MRN-QUOKKA-778", issuer: "ISSUER-WEST" }, password: "a patient's password" } as const;
const shown = ({ name, roles, patient: link }: Principal): Principal => ({ name, roles: [...roles], patient: link });
const codeOf = async (work: () => Promise<unknown>): Promise<string> => {
  const error = await caught(work);
  return error instanceof Fault ? error.code : String(error);
};
async function caught(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
    return "nothing was thrown";
  } catch (error) {
    return error;
  }
}

test("the right password gives the principal, anything else nothing, also after a restart", async (t) => {
  const first = openAccounts(path("verify"), { indexKey });
  t.deepEqual(first.list(), []);
  await first.put(doctor);
  await first.put(patient);
  const check = async (accounts: Accounts): Promise<void> => {
    t.deepEqual(await accounts.verify(doctor.name, password), shown(doctor));
    t.deepEqual(await accounts.verify(patient.name, patient.password), shown(patient));
    for (const [name, given] of [[doctor.name, `${password} `], [doctor.name, ""], ["nobody", password], ["", ""], [patient.name, password], [doctor.name.toUpperCase(), password], [doctor.name, "x".repeat(5000)]] as const)
      t.is(await accounts.verify(name, given), null, `${name} with ${given.slice(0, 30)}`);
    t.deepEqual(accounts.list(), [shown(doctor), shown(patient)]);
  };
  await check(first);
  await check(openAccounts(path("verify"), { indexKey }));
});

test("composed and decomposed forms of a password are the same password", async (t) => {
  const accounts = openAccounts(path("unicode"));
  await accounts.put({ ...doctor, password: "Zürich–naïve 東京".normalize("NFD") });
  t.truthy(await accounts.verify(doctor.name, "Zürich–naïve 東京".normalize("NFC")));
});

test("a new password or a removal counts at once, remembered sign-ins included", async (t) => {
  const accounts = openAccounts(path("change"));
  await accounts.put(doctor);
  t.truthy(await accounts.verify(doctor.name, password));
  await accounts.put({ ...doctor, roles: ["auditor"], password: "another password" });
  t.is(await accounts.verify(doctor.name, password), null);
  t.deepEqual((await accounts.verify(doctor.name, "another password"))?.roles, ["auditor"]);
  const other = openAccounts(path("change"));
  await other.remove(doctor.name);
  t.is(await accounts.verify(doctor.name, "another password"), null, "what another process changed is seen");
  await other.remove("never there");
  await Promise.all(["one", "two", "three"].map((name) => other.put({ ...doctor, name })));
  t.deepEqual(accounts.list().map(({ name }) => name), ["one", "two", "three"], "changes at the same time are all kept");
});

test("a right password is remembered for five minutes, as a keyed hash", async (t) => {
  let now = 0;
  const accounts = openAccounts(path("memory"), { now: () => now });
  await accounts.put(doctor);
  const costly = async (given: string): Promise<boolean> => {
    // scrypt runs on another thread; a remembered answer needs no turn of the event loop.
    let turns = 0;
    const counter = setInterval(() => turns++, 1);
    await accounts.verify(doctor.name, given);
    clearInterval(counter);
    return turns > 0;
  };
  t.true(await costly(password));
  t.false(await costly(password));
  now = 5 * 60_000 - 1;
  t.false(await costly(password));
  now += 1;
  t.true(await costly(password), "forgotten");
  t.true(await costly("a wrong password"));
  t.true(await costly("a wrong password"), "a refusal is never remembered");
});

test("the file is the owner's, whole, and shows neither passwords nor who patients are", async (t) => {
  const dir = await mkdtemp(join(folder, "plain-"));
  const accounts = openAccounts(join(dir, "accounts.json"), { indexKey });
  await accounts.put(doctor);
  await accounts.put(patient);
  t.deepEqual(await readdir(dir), ["accounts.json"], "no temporary file stays");
  t.is((await stat(join(dir, "accounts.json"))).mode & 0o777, 0o600);
  const text = await readFile(join(dir, "accounts.json"), "utf8");
  for (const secret of [password, patient.password, patient.patient.patientId, patient.patient.issuer])
    for (const form of [secret, Buffer.from(secret).toString("base64").slice(0, -4), Buffer.from(secret).toString("hex")]) t.false(text.includes(form));
  const kept = JSON.parse(text) as { accounts: { password: { N: number; salt: string } }[] };
  t.is(kept.accounts[0]?.password.N, 32_768);
  t.not(kept.accounts[0]?.password.salt, kept.accounts[1]?.password.salt);
});

test("a patient's link opens with its own keyring and name only", async (t) => {
  const accounts = openAccounts(path("links"), { indexKey });
  await accounts.put(patient);
  await accounts.put({ ...patient, name: "patient-8", patient: { patientId: "OTHER", issuer: "" } });
  for (const options of [{}, { indexKey: randomBytes(32) }]) {
    const other = openAccounts(path("links"), options);
    t.is(await codeOf(() => other.verify(patient.name, patient.password)), "ACCOUNTS_UNREADABLE");
  }
  const kept = JSON.parse(await readFile(path("links"), "utf8")) as { accounts: { patient: string }[] };
  const [one, two] = kept.accounts;
  if (one === undefined || two === undefined) return t.fail();
  [one.patient, two.patient] = [two.patient, one.patient];
  await writeFile(path("links"), JSON.stringify(kept));
  t.is(await codeOf(() => accounts.verify(patient.name, patient.password)), "ACCOUNTS_UNREADABLE", "links cannot be exchanged");
});

test("accounts that cannot be used are refused with the reason", async (t) => {
  const accounts = openAccounts(path("rules"), { indexKey });
  const without = openAccounts(path("rules-without"));
  const link = { patientId: "P", issuer: "" };
  const refused = [
    ...["", "Doctor", "-x", "a b", "a:b", "ä", "x".repeat(65), "../x"].map((name) => ({ ...doctor, name })),
    { ...doctor, password: "nine char" },
    { ...doctor, password: "😀".repeat(9) },
    { ...doctor, password: "x".repeat(1025) },
    { ...doctor, roles: [] },
    { ...doctor, roles: ["root"] as never },
    { ...doctor, roles: ["admin", "admin"] as const },
    { ...doctor, roles: ["patient"] as const },
    { ...doctor, patient: link },
    { ...doctor, roles: ["patient", "clinician"] as const, patient: link },
    { ...patient, patient: { patientId: " ", issuer: "" } },
  ];
  for (const account of refused) t.is(await codeOf(() => accounts.put(account)), "ACCOUNT_INVALID", JSON.stringify(account).slice(0, 120));
  t.is(await codeOf(() => without.put(patient)), "ACCOUNT_INVALID", "no keyring, no patient accounts");
  t.deepEqual(accounts.list(), []);
  await accounts.put({ ...doctor, password: "ten chars!" });
});

test("a file that is no accounts file stops the agent; it is not overwritten", async (t) => {
  const sound = openAccounts(path("sound"));
  await sound.put(doctor);
  const text = await readFile(path("sound"), "utf8");
  const spoiled = [text.slice(0, -20), "", "[]", text.replace('"N": 32768', '"N": 1073741824'), text.replace('"N": 32768', '"N": 2'), text.replace('"version": 1', '"version": 2'), text.replace('"admin"', '"root"')];
  for (const [place, content] of spoiled.entries()) {
    await writeFile(path(`spoiled-${place}`), content);
    t.is(await codeOf(async () => openAccounts(path(`spoiled-${place}`))), "ACCOUNTS_UNREADABLE", content.slice(0, 60));
    t.is(await readFile(path(`spoiled-${place}`), "utf8"), content);
  }
  await copyFile(path("spoiled-0"), path("sound"));
  t.is(await codeOf(() => sound.put({ ...doctor, name: "two" })), "ACCOUNTS_UNREADABLE", "also when it is spoiled while running");
  const nowhere = openAccounts(join(folder, "absent", "accounts.json"));
  t.is(await codeOf(() => nowhere.put(doctor)), "DATABASE_UNUSABLE");
});

test("killed while changing, the file holds every acknowledged account", async (t) => {
  for (const count of [1, 5]) {
    const lines = await killAfter(count, "test/node-agent/accounts/put-until-killed.ts", path(`crash-${count}`));
    const held = openAccounts(path(`crash-${count}`)).list().map(({ name }) => name);
    t.deepEqual(held.slice(0, lines.length), lines);
    t.true(held.length <= lines.length + 1);
  }
});
