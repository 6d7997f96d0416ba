import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test, { type ExecutionContext } from "ava";
import { hospitalYaml } from "../../config/example.ts";
import { fiducial, folder } from "../run-program.ts";

/** An agent as a process; its chain does not answer, which must neither keep it from starting nor from ending. */
async function agent(t: ExecutionContext, opsPort = 0) {
  const dir = await folder(t);
  await fiducial(["agent", "init", "--dir", dir, "--name", "Hospital A"]);
  const config = join(dir, "agent.yaml");
  const yaml = hospitalYaml.replace("dir: keys", "dir: keyring").replace("secrets/passphrase", "passphrase").replace(":8545", ":1");
  await writeFile(config, `${yaml}ops: {port: ${opsPort}}\nclinical: {port: 0}\npeer: {host: 127.0.0.1, port: 0}\n`);
  const child = spawn(process.execPath, ["node-agent/src/main.ts", "agent", "run", "--config", config, "--exit-with-parent"], { stdio: ["pipe", "pipe", "pipe"] });
  t.teardown(() => child.kill("SIGKILL"));
  const errors: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  return { child, errors, ended: once(child, "close") as Promise<[number | null, string | null]> };
}

async function readyLine(child: ChildProcess): Promise<{ readonly ready: boolean; readonly clinical: string; readonly peer: string; readonly ops: string }> {
  if (child.stdout === null) throw new Error("no standard output");
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as Awaited<ReturnType<typeof readyLine>>;
  throw new Error("ended before it was ready");
}

test("one ready line with every address; without the chain it lives, is not ready, and says why; SIGTERM ends it with status 0", async (t) => {
  const { child, ended } = await agent(t);
  const ready = await readyLine(child);
  t.true(ready.ready);
  t.regex(ready.peer, /^https:/u);
  t.is((await fetch(`${ready.ops}/livez`)).status, 200);
  const readiness = await fetch(`${ready.ops}/readyz`);
  t.is(readiness.status, 503);
  t.true((await readiness.text()).length > 50);
  child.kill("SIGTERM");
  t.deepEqual(await ended, [0, null]);
});

test("it ends with its parent", async (t) => {
  const { child, ended } = await agent(t);
  await readyLine(child);
  child.stdin?.end();
  t.deepEqual(await ended, [0, null]);
});

test("a port in use is said in a sentence, and nothing is left running", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const { errors, ended } = await agent(t, (server.address() as AddressInfo).port);
  t.deepEqual(await ended, [1, null]);
  t.regex(errors.join(""), /HTTP_LISTEN_FAILED/u);
});
