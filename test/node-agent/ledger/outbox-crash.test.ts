import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ava, { type ExecutionContext, type TestFn } from "ava";
import type { Address } from "../../../node-agent/src/model/ids.ts";
import { type ChainProcess, spawnEmbeddedChain } from "../../../network/embedded/spawn.ts";
import { newSigner } from "../../network/embedded/client.ts";
import { deployEcho, echoed } from "./echo.ts";

type Context = { dir: string; chain: ChainProcess; echo: Address };
const test = ava as TestFn<Context>;
test.before(async (t) => {
  t.context.dir = await mkdtemp(join(tmpdir(), "fiducial-outbox-crash-"));
  t.context.chain = await spawnEmbeddedChain(process.execPath, { dir: join(t.context.dir, "chain"), port: 0 });
  t.context.echo = await deployEcho(t.context.chain.url, newSigner());
});
test.after.always(async (t) => {
  await t.context.chain.stop();
  await rm(t.context.dir, { recursive: true, force: true });
});

const script = fileURLToPath(new URL("outbox-life.ts", import.meta.url));

/** Runs one life; gives the signal that ended it, or null after a clean end. */
function live(t: ExecutionContext<Context>, file: string, keyHex: string, killAt: string, count: number, writes: readonly string[]): Promise<string | null> {
  const { chain, echo } = t.context;
  const args = [script, chain.url, chain.genesisHash, file, keyHex, echo, killAt, String(count), ...writes];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("exit", (status, signal) => (status === 0 || signal !== null ? done(signal) : fail(new Error(`life ended with status ${status}`))));
  });
}

for (const step of ["recorded", "signed", "sent", "mined", "finished"]) {
  test.serial(`SIGKILL right after "${step}": the next life ends every write, none is doubled, none is lost`, async (t) => {
    const file = join(t.context.dir, `${step}.sqlite`);
    const keyHex = randomBytes(32).toString("hex");
    const writes = Array.from({ length: 5 }, () => `0x01${randomBytes(16).toString("hex")}`);
    t.is(await live(t, file, keyHex, step, 3, writes), "SIGKILL", "the first life dies at its third such step");
    // After "sent" all five may be in one block already: then the second life finds receipts and has nothing to send.
    const second = await live(t, file, keyHex, step, 1, writes);
    t.true(second === "SIGKILL" || step === "sent", "the second life dies at its first such step");
    t.is(await live(t, file, keyHex, "never", 1, writes), null);
    const all = await echoed(t.context.chain.url, t.context.echo);
    for (const data of writes) t.is(all.filter((one) => one === data).length, 1, data);
  });
}

test.serial("what was recorded is carried out by the next life even if nobody asks for it again", async (t) => {
  const file = join(t.context.dir, "orphan.sqlite");
  const keyHex = randomBytes(32).toString("hex");
  const data = `0x01${randomBytes(16).toString("hex")}`;
  t.is(await live(t, file, keyHex, "recorded", 1, [data]), "SIGKILL");
  t.is(await live(t, file, keyHex, "never", 1, []), null);
  t.is((await echoed(t.context.chain.url, t.context.echo)).filter((one) => one === data).length, 1);
});
