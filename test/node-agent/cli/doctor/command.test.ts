import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import type { Finding } from "../../../../node-agent/src/cli/doctor/finding.ts";
import { startEmbeddedChain } from "../../../../network/embedded/start.ts";
import { hospitalYaml } from "../../config/example.ts";
import { fiducial, folder } from "../run-program.ts";

type Report = { readonly healthy: boolean; readonly findings: readonly Finding[] };

/** What the doctor says of a hospital whose keyring is there and whose configuration is changed by `edit`. */
async function examined(t: ExecutionContext, edit: (yaml: string, dir: string) => string | Promise<string>) {
  const dir = await folder(t);
  await fiducial(["agent", "init", "--dir", dir, "--name", "Hospital A"]);
  const yaml = `${hospitalYaml.replace("dir: keys", "dir: keyring").replace("secrets/passphrase", "passphrase").replace(":8545", ":1")}ops: {port: 1}\n`;
  await writeFile(join(dir, "agent.yaml"), await edit(yaml, dir));
  const { status, out, err } = await fiducial(["--json", "doctor", "--config", join(dir, "agent.yaml")]);
  const report = JSON.parse(out) as Report;
  return { status, err, report, of: (check: string) => report.findings.find((one) => one.check === check) };
}

test("a chain out of reach: the rest is still looked at, what needs the chain is skipped, and the end is not 0", async (t) => {
  const { status, err, report, of } = await examined(t, (yaml) => yaml);
  t.is(status, 1);
  t.false(report.healthy);
  t.is(of("configuration")?.state, "ok");
  t.is(of("keyring")?.state, "ok");
  t.is(of("chain")?.state, "fail");
  t.regex(of("chain")?.detail ?? "", /LEDGER_UNREACHABLE/u);
  t.is(of("registry and peers")?.state, "skip");
  t.is(of("agent")?.state, "warn");
  t.is((JSON.parse(err) as { error: { code: string } }).error.code, "CLI_UNHEALTHY");
  for (const { state, mend } of report.findings) if (state === "fail" || state === "warn") t.truthy(mend, "says what to mend");
});

test("a node of another chain, and one without the contracts", async (t) => {
  const dir = await folder(t);
  const chain = await startEmbeddedChain({ dir, port: 0 });
  t.teardown(() => chain.close());
  const here = (yaml: string) => yaml.replace("http://127.0.0.1:1", chain.url);
  t.regex((await examined(t, here)).of("chain")?.detail ?? "", /LEDGER_WRONG_CHAIN/u);
  const empty = await examined(t, (yaml) => here(yaml).replace(`0x${"cd".repeat(32)}`, chain.genesisHash).replace("chainId: 20251", `chainId: ${chain.chainId}`));
  t.regex(empty.of("chain")?.detail ?? "", /LEDGER_NO_CONTRACT/u);
});

test("a wrong passphrase, a missing keyring, a passphrase everybody can read", async (t) => {
  const wrong = await examined(t, async (yaml, dir) => {
    await writeFile(join(dir, "other"), "another passphrase altogether");
    return yaml.replace("passphraseFile: passphrase", "passphraseFile: other");
  });
  t.regex(wrong.of("keyring")?.detail ?? "", /KEYRING_WRONG_PASSPHRASE/u);
  t.regex((await examined(t, (yaml) => yaml.replace("dir: keyring", "dir: elsewhere"))).of("keyring")?.detail ?? "", /KEYRING_MISSING/u);
  const open = await examined(t, async (yaml, dir) => {
    await chmod(join(dir, "passphrase"), 0o644);
    return yaml;
  });
  t.regex(open.of("passphrase file")?.mend ?? "", /chmod 600/u);
});

test("a full disk, a clinical listener in the clear, a broken configuration", async (t) => {
  const { of } = await examined(t, (yaml) => `${yaml}storage: {minFreeBytes: 9007199254740991}\nclinical: {host: 0.0.0.0}\n`);
  t.is(of("disk space")?.state, "fail");
  t.is(of("clinical listener")?.state, "warn");
  const broken = await examined(t, (yaml) => `${yaml}storag: {}\n`);
  t.regex(broken.of("configuration")?.detail ?? "", /did you mean storage\?.*CONFIG_UNKNOWN_KEY/u);
  t.is(broken.status, 1);
});

test("another program on the ops port, and an agent that is not ready", async (t) => {
  let body = "<html>";
  const server = createServer((_request, response) => response.end(body)).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const there = (yaml: string) => yaml.replace("ops: {port: 1}", `ops: {port: ${port}}`);
  t.regex((await examined(t, there)).of("agent")?.mend ?? "", /ops\.port/u);
  body = JSON.stringify({ ready: false, checks: [{ name: "index", ok: false, reason: "12 blocks behind" }] });
  t.is((await examined(t, there)).of("agent: index")?.detail, "12 blocks behind");
});
