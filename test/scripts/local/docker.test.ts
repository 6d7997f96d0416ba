import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { freePortBlock } from "../../../network/local/ports.ts";
import { findDocker } from "../../../scripts/docker/client.ts";
import { discardContainers } from "../../../scripts/local/docker/consortium.ts";
import { chooseDocker } from "../../../scripts/local/docker/engine.ts";
import { projectOf } from "../../../scripts/local/docker/plan.ts";
import { layout } from "../../../scripts/local/layout.ts";
import { Refusal } from "../../../scripts/local/preflight.ts";
import { dockerOrSkip } from "../../support/docker.ts";
import { skipLoudly } from "../../support/skip.ts";

async function folder(t: ExecutionContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-docker-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A `docker` that says what a real one says in some bad case. */
async function programSaying(t: ExecutionContext, script: string): Promise<NodeJS.ProcessEnv> {
  const dir = await folder(t);
  await writeFile(join(dir, "docker"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: `${dir}:/bin:/usr/bin` };
}

test("without docker, without a daemon, without compose: each is refused with what to do", async (t) => {
  await t.throwsAsync(chooseDocker({ PATH: await folder(t) }), { instanceOf: Refusal, message: /Docker is not on the PATH.*embedded/su });
  const noDaemon = await programSaying(t, 'echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock." >&2; exit 1');
  await t.throwsAsync(chooseDocker(noDaemon), { instanceOf: Refusal, message: /No Docker daemon answers: Cannot connect.*systemctl start docker/su });
  const noCompose = await programSaying(t, 'test "$1" = version && echo 28.0.0 && exit 0; exit 1');
  await t.throwsAsync(chooseDocker(noCompose), { instanceOf: Refusal, message: /docker-compose-plugin/u });
});

test("without images, or with one that the daemon lacks, it is refused with the command that has them", async (t) => {
  const dir = await folder(t);
  const nothingThere = await programSaying(t, 'test "$1" = image && echo "Error: No such image: $5" >&2 && exit 1; echo 28.0.0');
  await t.throwsAsync(chooseDocker(nothingThere, join(dir, "images.json")), { instanceOf: Refusal, message: /npm run images/u });
  const id = `sha256:${"7".repeat(64)}`;
  await writeFile(join(dir, "images.json"), JSON.stringify({ besu: id, kubo: id, cluster: id, agent: id }));
  await t.throwsAsync(chooseDocker(nothingThere, join(dir, "images.json")), { instanceOf: Refusal, message: /does not have the image of besu \(sha256:7.*npm run images/su });
});

test("the whole journey passes in containers, twice on the same state, and nothing of it is left behind", async (t) => {
  if ((await dockerOrSkip(t)) === null) return;
  t.timeout(3_600_000);
  const engine = await chooseDocker(process.env).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
    return error.message;
  });
  if (typeof engine === "string") return skipLoudly(t, `images of the consortium (${engine})`);
  const dir = await folder(t);
  const base = await freePortBlock(150);
  const plan = layout(dir, base);
  t.teardown(async () => discardContainers(plan, await findDocker()));
  const journey = async () => {
    const program = spawn(process.execPath, ["scripts/start.ts", "--once", "--json", "--engines", "docker", "--dir", dir, "--port-base", String(base)], { stdio: ["ignore", "pipe", "pipe"] });
    let [said, complained] = ["", ""];
    program.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    program.stderr.on("data", (chunk: Buffer) => {
      complained += chunk.toString();
    });
    const [status] = await once(program, "close");
    const account = JSON.parse(said) as { readonly ok: boolean; readonly error: string | null; readonly steps: readonly { readonly ok: boolean }[] };
    t.is(account.error, null);
    t.is(status, 0, complained);
    t.true(account.ok && account.steps.length > 20 && account.steps.every(({ ok }) => ok));
  };
  await journey();
  await journey(); // on what the first has left: volumes, secrets, the chain
  const ofProject = ["--quiet", "--filter", `label=com.docker.compose.project=${projectOf(plan)}`];
  t.is((await engine.docker.call(["ps", "--all", ...ofProject])).trim(), "", "every container is gone");
  t.not((await engine.docker.call(["volume", "ls", ...ofProject])).trim(), "", "the volumes keep the state");
  await discardContainers(plan, engine.docker);
  t.is((await engine.docker.call(["volume", "ls", ...ofProject])).trim(), "", "until it is forgotten");
});
