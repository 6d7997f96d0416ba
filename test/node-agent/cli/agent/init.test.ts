import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { loadConfig } from "../../../../node-agent/src/config/load.ts";
import { readSecret } from "../../../../node-agent/src/config/secret.ts";
import { openKeyring } from "../../../../node-agent/src/envelope/keyring.ts";
import { fiducial, folder } from "../run-program.ts";

type Made = { readonly config: string; readonly keyring?: string; readonly passphraseFile: string; readonly admission: { readonly kind: string; readonly spkiSha256?: string; readonly openpgpSha256?: string; readonly operator?: string } };
const contract = `0x${"ab".repeat(20)}`;
const consortium = JSON.stringify({
  chainId: 20251,
  genesisHash: `0x${"cd".repeat(32)}`,
  contracts: { memberRegistry: contract, studyRegistry: contract, consentRegistry: contract, accessLedger: contract, creditLedger: contract, consortiumAuthority: contract, council: contract, timelock: contract },
  deployedAtBlock: 7,
});

test("a hospital's first folder is complete: the configuration loads, the keyring opens, the admission names its keys", async (t) => {
  const dir = await folder(t);
  await writeFile(join(dir, "consortium.json"), consortium);
  const ran = await fiducial(["--json", "agent", "init", "--dir", join(dir, "a"), "--name", 'St. "Anna": 1', "--member", "3", "--endpoint", "https://a.example:8443", "--consortium", join(dir, "consortium.json")]);
  t.is(ran.status, 0, ran.err);
  const made = ran.json<Made>();
  const config = await loadConfig(made.config);
  t.like(config, { role: "hospital", member: 3, name: 'St. "Anna": 1', chain: { chainId: 20251, deployedAtBlock: 7, endpoint: "http://127.0.0.1:8545" } });
  t.is<string | null, string>(config.chain.contracts.council, contract);
  const keyring = await openKeyring(config.keyring?.dir ?? "", await readSecret("keyring.passphraseFile", config.keyring?.passphraseFile ?? ""));
  if (keyring.role !== "hospital") return t.fail("not a hospital's keyring");
  t.is<string | undefined, string>(made.admission.spkiSha256, keyring.tls.spkiSha256);
  t.is<string | undefined, string>(made.admission.openpgpSha256, keyring.identity.certificate.digest);
  t.regex(made.admission.operator ?? "", /^0x[0-9a-f]{40}$/u);
  t.is((await stat(made.passphraseFile)).mode & 0o777, 0o600);
  t.false(`${ran.out}${ran.err}${await readFile(made.config, "utf8")}`.includes((await readFile(made.passphraseFile, "utf8")).trim()));
});

test("an observer gets no keys", async (t) => {
  const dir = await folder(t);
  await writeFile(join(dir, "consortium.json"), consortium);
  const ran = await fiducial(["--json", "agent", "init", "--dir", dir, "--name", "Regulator", "--role", "observer", "--member", "4", "--consortium", join(dir, "consortium.json")]);
  t.is(ran.status, 0, ran.err);
  t.is(ran.json<Made>().keyring, undefined);
  t.is((await loadConfig(ran.json<Made>().config)).keyring, null);
});

test("what is not known yet is asked for when the agent is run", async (t) => {
  const dir = await folder(t);
  t.is((await fiducial(["agent", "init", "--dir", dir, "--name", "A"])).status, 0);
  const run = await fiducial(["agent", "run", "--config", join(dir, "agent.yaml")]);
  t.is(run.status, 2);
  t.regex(run.err, /member: is missing; chain: is missing \[CONFIG_INVALID\]/u);
});

test("nothing that exists is overwritten", async (t) => {
  const dir = await folder(t);
  await fiducial(["agent", "init", "--dir", dir, "--name", "A"]);
  const before = await readFile(join(dir, "passphrase"), "utf8");
  const again = await fiducial(["agent", "init", "--dir", dir, "--name", "A"]);
  t.is(again.status, 2);
  t.regex(again.err, /CONFIG_EXISTS/u);
  t.is(await readFile(join(dir, "passphrase"), "utf8"), before);
});

test("a consortium file that is none is refused by its key", async (t) => {
  const dir = await folder(t);
  await writeFile(join(dir, "consortium.json"), consortium.replace("chainId", "chain"));
  const ran = await fiducial(["agent", "init", "--dir", join(dir, "a"), "--name", "A", "--consortium", join(dir, "consortium.json")]);
  t.is(ran.status, 2);
  t.regex(ran.err, /chainId: /u);
});
