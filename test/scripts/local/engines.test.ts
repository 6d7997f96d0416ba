import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { freePortBlock } from "../../../network/local/ports.ts";
import { chooseEngines, readWish } from "../../../scripts/local/engines/choose.ts";
import { layout } from "../../../scripts/local/layout.ts";
import { Refusal, requireSameEngines } from "../../../scripts/local/preflight.ts";
import { besuOrSkip } from "../../support/besu.ts";
import { skipLoudly } from "../../support/skip.ts";

async function folder(t: ExecutionContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-engines-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test("engines are wished for by word or by name", (t) => {
  t.is(readWish("local"), "local");
  t.deepEqual(readWish("besu"), ["besu"]);
  t.deepEqual(readWish("besu, ipfs"), ["besu", "ipfs"]);
  t.throws(() => readWish("bseu"), { message: /give embedded, local/u });
});

test("without a Besu the embedded chain runs unless a real one was wished for, which is refused with what to set", async (t) => {
  const bare = { PATH: await folder(t) };
  t.is((await chooseEngines("embedded", bare)).engines.chain.name, "embedded");
  for (const wish of ["local", ["besu"]] as const) await t.throwsAsync(chooseEngines(wish, bare, null), { instanceOf: Refusal, message: /BESU_HOME is not set.*26\.8\.0/su });
  await t.throwsAsync(chooseEngines("local", { ...bare, BESU_HOME: bare.PATH }, null), { instanceOf: Refusal, message: /no bin\/besu under BESU_HOME/u });
});

test("each engine is chosen by itself, and the missing one is named", async (t) => {
  const bare = { PATH: await folder(t) };
  const ipfs = { ipfs: "/bin/true", clusterService: "/bin/true" };
  const { engines, sentences } = await chooseEngines("local", bare, ipfs);
  t.deepEqual([engines.chain.name, engines.blocks.name], ["embedded", "ipfs"]);
  t.regex(sentences[0] ?? "", /embedded.*BESU_HOME is not set/su);
  t.regex(sentences[1] ?? "", /Kubo/u);
  t.deepEqual((await chooseEngines(["ipfs"], bare, ipfs)).engines.chain.name, "embedded");
  t.is((await chooseEngines("embedded", bare, ipfs)).engines.blocks.name, "folder");
  await t.throwsAsync(chooseEngines(["ipfs"], bare, null), { instanceOf: Refusal, message: /npm run engines/u });
});

test("a program that is no Besu is not taken for one", async (t) => {
  const dir = await folder(t);
  await writeFile(join(dir, "besu"), "#!/bin/sh\necho hello\n", { mode: 0o755 });
  await t.throwsAsync(chooseEngines("local", { PATH: dir }, null), { instanceOf: Refusal, message: /nothing that looks like a version/u });
});

test("kept state stays with the chain engine that it began on", async (t) => {
  const dir = await folder(t);
  const plan = layout(dir, 8540);
  await requireSameEngines(plan, "besu");
  await requireSameEngines(plan, "besu");
  await t.throwsAsync(requireSameEngines(plan, "embedded"), { instanceOf: Refusal, message: /runs on the besu chain engine/u });
  const older = layout(await folder(t), 8540);
  await writeFile(older.stateFile, "{}");
  await t.throwsAsync(requireSameEngines(older, "besu"), { instanceOf: Refusal }, "state from before engines could be chosen is embedded");
});

type Wish = "besu" | "ipfs" | "besu,ipfs";
type Place = { readonly dir: string; readonly base: number };
/** The ports of one consortium lie side by side. */
const place = async (t: ExecutionContext): Promise<Place> => ({ dir: await folder(t), base: await freePortBlock(150) });
const begin = (wish: Wish, { dir, base }: Place, ...more: readonly string[]) =>
  spawn(process.execPath, ["scripts/start.ts", "--engines", wish, "--dir", dir, "--port-base", String(base), ...more], { stdio: ["ignore", "pipe", "pipe"] });

async function journeyOn(t: ExecutionContext, wish: Wish, where: Place, what: string): Promise<void> {
  const journey = begin(wish, where, "--once", "--json");
  let [said, complained] = ["", ""];
  journey.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  journey.stderr.on("data", (chunk: Buffer) => {
    complained += chunk.toString();
  });
  const [status] = await once(journey, "close");
  const account = JSON.parse(said) as { readonly ok: boolean; readonly error: string | null; readonly steps: readonly { readonly ok: boolean }[] };
  t.is(account.error, null, what);
  t.is(status, 0, `${what}: ${complained}`);
  t.true(account.ok && account.steps.length > 20 && account.steps.every(({ ok }) => ok), what);
}

/** Processes that name the folder on their command line. */
const living = (dir: string): string[] =>
  readdirSync("/proc").flatMap((pid) => {
    try {
      const words = /^\d+$/u.test(pid) && Number(pid) !== process.pid ? readFileSync(join("/proc", pid, "cmdline"), "utf8").replaceAll("\0", " ") : "";
      return words.includes(dir) ? [`${pid} ${words.slice(0, 200)}`] : [];
    } catch {
      return [];
    }
  });

/** Ends a consortium as a power cut would, in the middle of its journey, and waits until nothing of it is left. */
async function cutOff(t: ExecutionContext, wish: Wish, where: Place): Promise<void> {
  const running = begin(wish, where);
  let said = "";
  running.stderr.resume();
  await new Promise<void>((resolve) => {
    running.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("Encrypted, stored, replicated, registered")) resolve();
    });
    running.once("close", () => resolve());
  });
  t.is(running.exitCode, null, said);
  const gone = once(running, "close");
  running.kill("SIGKILL");
  await gone;
  for (let tries = 0; tries < 1200 && living(where.dir).length > 0; tries++) await sleep(100);
  t.deepEqual(living(where.dir), [], "every process of it ends with the one that was killed");
}

test.serial("the whole journey passes on four validators and an observer of Besu", async (t) => {
  if ((await besuOrSkip(t)) === null) return;
  t.timeout(1_500_000);
  await journeyOn(t, "besu", await place(t), "fresh");
});

const withoutIpfs = "Kubo and IPFS Cluster are not built (npm run engines)";

test.serial("the whole journey passes with a private Kubo and a cluster peer for each hospital", async (t) => {
  if (findIpfsPrograms() === null) return skipLoudly(t, withoutIpfs);
  t.timeout(600_000);
  await journeyOn(t, "ipfs", await place(t), "fresh");
});

test.serial("on Besu, Kubo and IPFS Cluster together it passes fresh, from kept state, and after everything was killed in the middle", async (t) => {
  if ((await besuOrSkip(t)) === null) return;
  if (findIpfsPrograms() === null) return skipLoudly(t, withoutIpfs);
  t.timeout(3_600_000);
  const where = await place(t);
  await journeyOn(t, "besu,ipfs", where, "fresh");
  await journeyOn(t, "besu,ipfs", where, "kept");
  await cutOff(t, "besu,ipfs", where);
  await journeyOn(t, "besu,ipfs", where, "after the kill");
});
