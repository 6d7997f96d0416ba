import test from "ava";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startCouncil } from "../../contracts/support/council.ts";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../../../scripts/verify.ts", import.meta.url));
type Call = { readonly id: number; readonly method: string; readonly params: readonly unknown[] };
/** Exit status and output, whether it succeeded or not. */
const status = (args: readonly string[]) =>
  run(process.execPath, [program, ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

test("anybody with a node and the source can look: a table and an exit status", async (t) => {
  const w = await startCouncil();
  const methods = new Set<string>();
  const server = createServer(async (request, response) => {
    const { id, method, params } = (await json(request)) as Call;
    methods.add(method);
    const result = await w.rpc.request({ method, params });
    response.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const folder = await mkdtemp(join(tmpdir(), "fiducial-verify-"));
  t.teardown(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });
  const [deployment, plan] = [join(folder, "deployment.json"), join(folder, "plan.json")];
  await writeFile(deployment, JSON.stringify(w.deployment));
  await writeFile(plan, JSON.stringify({ governance: w.governance, guardians: w.guardians, reviewers: [w.reviewer] }));
  const at = ["--rpc", `http://127.0.0.1:${(server.address() as AddressInfo).port}`, "--deployment", deployment];
  const good = await status([...at, "--plan", plan]);
  t.is(good.code, 0, good.stderr);
  t.regex(good.stdout, /^ok {4}roles +ADMIN +0x\w{40}$/mu);
  t.regex(good.stdout, /\d+ looked at, 0 not as they should be\n$/u);
  t.deepEqual([...methods].sort(), ["eth_blockNumber", "eth_call", "eth_chainId", "eth_getBlockByNumber", "eth_getCode", "eth_getLogs", "eth_getStorageAt", "eth_getTransactionReceipt"], "it only reads");

  await w.decide([{ target: w.authority, name: "grantRole", args: [1n, w.stranger, 0] }]);
  const bad = await status([...at, "--json"]);
  t.is(bad.code, 1);
  const rows: { what: string; ok: boolean }[] = JSON.parse(bad.stdout);
  t.deepEqual(rows.filter(({ ok }) => !ok).map(({ what }) => what), ["COUNCIL"]);
});

test("what cannot be looked at is exit status 2 with a sentence", async (t) => {
  t.regex((await status(["--help"])).stdout, /Exit codes/u);
  t.is((await status([])).code, 2);
  const folder = await mkdtemp(join(tmpdir(), "fiducial-verify-"));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "deployment.json"), "{}");
  const gone = await status(["--rpc", "http://127.0.0.1:9", "--deployment", join(folder, "deployment.json")]);
  t.is(gone.code, 2);
  t.regex(gone.stderr, /eth_getCode failed/u);
});
