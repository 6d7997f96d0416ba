import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { configFrom, loadConfig } from "../../../node-agent/src/config/load.ts";
import { Fault } from "../../../node-agent/src/model/fault.ts";
import { hospitalYaml } from "./example.ts";

test("defaults are filled in, unquoted hex stays text, paths start at the file's folder", (t) => {
  const config = configFrom(hospitalYaml, "/etc/agent");
  t.is(config.dataDir, "/etc/agent/data");
  t.deepEqual(config.keyring, { dir: "/etc/agent/keys", passphraseFile: "/etc/agent/secrets/passphrase" });
  t.is<string, string>(config.chain.genesisHash, `0x${"cd".repeat(32)}`);
  t.is(config.storage.replicas, 2);
  t.is(config.identity.oidc, null);
});

test("a consortium that decides by vote names its Council and timelock; one without them says so by null", (t) => {
  const council = `0x${"12".repeat(20)}`;
  const old = configFrom(hospitalYaml, "/etc/agent").chain.contracts;
  t.deepEqual([old.council, old.timelock], [null, null]);
  const governed = configFrom(`${hospitalYaml}    council: ${council}\n    timelock: ${council}\n`, "/etc/agent").chain.contracts;
  t.deepEqual<unknown[], unknown[]>([governed.council, governed.timelock], [council, council]);
});

test("an absolute path stays as it is", (t) => {
  t.is(configFrom(`${hospitalYaml}dataDir: /var/lib/agent\n`, "/etc/agent").dataDir, "/var/lib/agent");
});

test("the value cannot be changed, at any depth", (t) => {
  const config = configFrom(hospitalYaml, "/etc/agent");
  t.throws(() => Object.assign(config, { name: "other" }), { instanceOf: TypeError });
  t.throws(() => Object.assign(config.chain.contracts, { memberRegistry: "other" }), { instanceOf: TypeError });
  t.throws(() => (config.clinical.corsOrigins as string[]).push("https://elsewhere.example"), { instanceOf: TypeError });
});

type Refused = { readonly title: string; readonly yaml: string; readonly code: string; readonly says: RegExp };
const refused: readonly Refused[] = [
  { title: "a mistyped section", yaml: `${hospitalYaml}storag: {}\n`, code: "CONFIG_UNKNOWN_KEY", says: /^line 18: unknown key storag; did you mean storage\?$/u },
  { title: "a mistyped key inside a section", yaml: `${hospitalYaml}storage:\n  replica: 3\n`, code: "CONFIG_UNKNOWN_KEY", says: /^line 19: .*storage\.replicas\?$/u },
  { title: "another spelling", yaml: `${hospitalYaml}data_dir: x\n`, code: "CONFIG_UNKNOWN_KEY", says: /did you mean dataDir\?$/u },
  { title: "a key at the wrong level", yaml: `${hospitalYaml}settleSeconds: 3\n`, code: "CONFIG_UNKNOWN_KEY", says: /did you mean share\.settleSeconds\?$/u },
  { title: "a key like no other", yaml: `${hospitalYaml}zzzzzzzzzz: 3\n`, code: "CONFIG_UNKNOWN_KEY", says: /unknown key zzzzzzzzzz$/u },
  { title: "two mistakes at once", yaml: `${hospitalYaml}storag: {}\nlogg: {}\n`, code: "CONFIG_UNKNOWN_KEY", says: /storage\?; line 19: logg: .*log\?$/u },
  { title: "a missing key", yaml: hospitalYaml.replace(/ {2}chainId.*\n/u, ""), code: "CONFIG_INVALID", says: /^chain\.chainId: is missing$/u },
  { title: "a hospital without keys", yaml: hospitalYaml.replace(/keyring:\n.*\n.*\n/u, ""), code: "CONFIG_INVALID", says: /keyring: a hospital needs/u },
  { title: "an observer with keys", yaml: hospitalYaml.replace("role: hospital", "role: observer"), code: "CONFIG_INVALID", says: /^line 4: keyring: an observer has no keys/u },
  { title: "a short address", yaml: hospitalYaml.replace(/memberRegistry: 0xab/u, "memberRegistry: 0x"), code: "CONFIG_INVALID", says: /chain\.contracts\.memberRegistry: give 0x and 40 hex digits/u },
  { title: "credentials in a URL", yaml: hospitalYaml.replace("http://", "http://user:secret@"), code: "CONFIG_INVALID", says: /chain\.endpoint: credentials do not belong/u },
  { title: "a port out of range", yaml: `${hospitalYaml}peer: {port: 70000}\n`, code: "CONFIG_INVALID", says: /peer\.port: give a port/u },
  { title: "an origin with a path", yaml: `${hospitalYaml}clinical: {corsOrigins: ["https://a.example/x"]}\n`, code: "CONFIG_INVALID", says: /clinical\.corsOrigins\.0: give an origin/u },
  { title: "a doubled key", yaml: `${hospitalYaml}name: B\n`, code: "CONFIG_NOT_YAML", says: /^line 18: .*unique/u },
  { title: "broken YAML", yaml: "role: [", code: "CONFIG_NOT_YAML", says: /^line 1: /u },
  { title: "an alias bomb", yaml: "a: &a [1,1]\nb: [*a,*a]\n", code: "CONFIG_NOT_YAML", says: /alias/u },
  { title: "a list", yaml: "- role", code: "CONFIG_INVALID", says: /the file: /u },
  { title: "an empty file", yaml: "", code: "CONFIG_INVALID", says: /role: is missing/u },
];
for (const { title, yaml, code, says } of refused)
  test(`refused: ${title}`, (t) => {
    const error = t.throws(() => configFrom(yaml, "/x"), { instanceOf: Fault });
    t.is(error?.code, code);
    t.regex(error?.message ?? "", says);
    t.notRegex(error?.message ?? "", /secret@/u);
  });

test("a file is read; a missing one says so", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-config-"));
  t.teardown(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, "agent.yaml"), hospitalYaml);
  t.is((await loadConfig(join(dir, "agent.yaml"))).dataDir, join(dir, "data"));
  await t.throwsAsync(loadConfig(join(dir, "other.yaml")), { instanceOf: Fault, message: /other\.yaml cannot be read \(ENOENT\)/u });
});
