import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { openAccountsOf } from "../../../../node-agent/src/cli/agent/open-accounts-of.ts";
import { loadConfig } from "../../../../node-agent/src/config/load.ts";
import { hospitalYaml } from "../../config/example.ts";
import { fiducial, folder } from "../run-program.ts";

async function hospital(t: ExecutionContext): Promise<{ readonly config: string; readonly password: string; readonly dir: string }> {
  const dir = await folder(t);
  await fiducial(["agent", "init", "--dir", dir, "--name", "A"]);
  const config = join(dir, "agent.yaml");
  await writeFile(config, hospitalYaml.replace("dir: keys", "dir: keyring").replace("secrets/passphrase", "passphrase"));
  const password = join(dir, "password");
  await writeFile(password, "correct horse battery\n");
  return { config, password, dir };
}

test("an account added can sign in, is listed, and can be removed", async (t) => {
  const { config, password } = await hospital(t);
  const added = await fiducial(["agent", "account", "add", "jane", "--roles", "clinician,auditor", "--password-file", password, "--config", config]);
  t.is(added.status, 0, added.err);
  const accounts = await openAccountsOf(await loadConfig(config));
  t.like(await accounts.verify("jane", "correct horse battery"), { roles: ["clinician", "auditor"] });
  t.is(await accounts.verify("jane", "correct horse batterx"), null);
  const listed = await fiducial(["--json", "agent", "account", "list", "--config", config]);
  t.deepEqual(listed.json(), { accounts: [{ name: "jane", roles: ["clinician", "auditor"], linkedToPatient: false }] });
  t.is((await fiducial(["agent", "account", "remove", "jane", "--config", config])).status, 0);
  t.is((await fiducial(["agent", "account", "remove", "jane", "--config", config])).status, 5);
});

test("a patient's account is linked, and the file does not tell to whom", async (t) => {
  const { config, password, dir } = await hospital(t);
  const added = await fiducial(["agent", "account", "add", "p1", "--roles", "patient", "--patient-id", "MARKER-4711", "--password-file", password, "--config", config]);
  t.is(added.status, 0, added.err);
  t.like(await (await openAccountsOf(await loadConfig(config))).verify("p1", "correct horse battery"), { patient: { patientId: "MARKER-4711", issuer: "" } });
  t.false((await readFile(join(dir, "accounts.json"), "utf8")).includes("MARKER"));
});

test("a short password, an unknown role and a missing password file are told", async (t) => {
  const { config, dir } = await hospital(t);
  const short = join(dir, "short");
  await writeFile(short, "short");
  const weak = await fiducial(["agent", "account", "add", "jane", "--roles", "admin", "--password-file", short, "--config", config]);
  t.is(weak.status, 2);
  t.regex(weak.err, /ACCOUNT_INVALID/u);
  t.is((await fiducial(["agent", "account", "add", "jane", "--roles", "king", "--password-file", short, "--config", config])).status, 2);
  t.regex((await fiducial(["agent", "account", "add", "jane", "--roles", "admin", "--config", config])).err, /--password-file/u);
});
