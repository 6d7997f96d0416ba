import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { spawnEmbeddedChain } from "../../../network/embedded/spawn.ts";
import { newSigner, note, rpc } from "./client.ts";

const folder = async (t: { teardown(work: () => unknown): void }): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-crash-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
};
const options = { port: 0, heartbeatMs: 40 };

test("SIGKILL at any moment loses nothing that was acknowledged, and every block replays to its hash", async (t) => {
  const dir = await folder(t);
  const signers = [newSigner(), newSigner(), newSigner(), newSigner()];
  const next = signers.map(() => 0);
  const acknowledged: string[] = [];
  for (let life = 0; life < 5; life++) {
    const chain = await spawnEmbeddedChain(process.execPath, { dir, ...options });
    t.teardown(() => chain.stop("SIGKILL"));
    for (const hash of acknowledged) t.not(await rpc(chain.url, "eth_getTransactionReceipt", [hash]), null, `life ${life}: ${hash} is kept`);
    const work = signers.map(async (signer, i) => {
      next[i] = Number(await rpc(chain.url, "eth_getTransactionCount", [signer.address, "pending"]));
      for (;;) {
        const hash = await rpc(chain.url, "eth_sendRawTransaction", [note(signer, next[i] ?? 0).raw]).catch(() => null);
        if (hash === null) return;
        acknowledged.push(String(hash));
        next[i] = (next[i] ?? 0) + 1;
      }
    });
    const before = acknowledged.length;
    while (acknowledged.length < before + 15) await new Promise((wake) => setTimeout(wake, 1));
    await new Promise((wake) => setTimeout(wake, Math.random() * 40));
    await chain.stop("SIGKILL");
    await Promise.all(work);
  }
  const chain = await spawnEmbeddedChain(process.execPath, { dir, ...options });
  t.teardown(() => chain.stop());
  for (const hash of acknowledged) t.not(await rpc(chain.url, "eth_getTransactionReceipt", [hash]), null, `at the end: ${hash} is kept`);
  t.log(`${acknowledged.length} acknowledged over 5 kills, ${chain.blocks} blocks replayed`);
  t.true(acknowledged.length >= 75);
});

test("a torn last record is cut off at every length; the blocks before it stay", async (t) => {
  const dir = await folder(t);
  const journal = join(dir, "journal");
  const signer = newSigner();
  const first = await spawnEmbeddedChain(process.execPath, { dir, port: 0 });
  await rpc(first.url, "eth_sendRawTransaction", [note(signer, 0).raw]);
  await first.stop("SIGKILL");
  const before = (await stat(journal)).size;
  const second = await spawnEmbeddedChain(process.execPath, { dir, port: 0 });
  await rpc(second.url, "eth_sendRawTransaction", [note(signer, 1).raw]);
  await second.stop("SIGKILL");
  const whole = await readFile(journal);
  for (const cut of [before + 1, before + 60, whole.length - 1]) {
    await writeFile(journal, whole);
    await truncate(journal, cut);
    const chain = await spawnEmbeddedChain(process.execPath, { dir, port: 0 });
    t.true(chain.tornBytes > 0, `cut at ${cut}`);
    t.not(await rpc(chain.url, "eth_getTransactionReceipt", [note(signer, 0).hash]), null);
    t.is(await rpc(chain.url, "eth_getTransactionReceipt", [note(signer, 1).hash]), null);
    await chain.stop();
  }
  await writeFile(journal, whole);
  await appendFile(journal, Buffer.alloc(512));
  const chain = await spawnEmbeddedChain(process.execPath, { dir, port: 0 });
  t.is(chain.tornBytes, 512);
  t.not(await rpc(chain.url, "eth_getTransactionReceipt", [note(signer, 1).hash]), null);
  await chain.stop();
});

test("damage in the middle and a changed hash stop the start with the place named and the file untouched", async (t) => {
  const dir = await folder(t);
  const journal = join(dir, "journal");
  const signer = newSigner();
  const chain = await spawnEmbeddedChain(process.execPath, { dir, port: 0 });
  for (let nonce = 0; nonce < 3; nonce++) await rpc(chain.url, "eth_sendRawTransaction", [note(signer, nonce).raw]);
  await chain.stop();
  const whole = await readFile(journal, "utf8");
  const lines = whole.split("\n");

  const flipped = whole.replace(/ B 2 /u, " B 9 ");
  await writeFile(journal, flipped);
  await t.throwsAsync(spawnEmbeddedChain(process.execPath, { dir, port: 0 }), { message: /CHAIN_JOURNAL_DAMAGED/u });
  t.is(await readFile(journal, "utf8"), flipped);

  const { crc32 } = await import("node:zlib");
  const at = lines.findIndex((line) => line.slice(9).startsWith("H 2 "));
  const payload = `H 2 0x${"ab".repeat(32)}`;
  lines[at] = `${crc32(payload).toString(16).padStart(8, "0")} ${payload}`;
  await writeFile(journal, lines.join("\n"));
  await t.throwsAsync(spawnEmbeddedChain(process.execPath, { dir, port: 0 }), { message: /block 2 replays to .*CHAIN_REPLAY_MISMATCH/u });
});

test("SIGTERM ends it cleanly, and so does the death of its parent", async (t) => {
  const dir = await folder(t);
  const chain = await spawnEmbeddedChain(process.execPath, { dir, port: 0 });
  await chain.stop("SIGTERM");
  t.is(await chain.exited, 0);

  const { spawn } = await import("node:child_process");
  const script = `const { spawnEmbeddedChain } = await import(${JSON.stringify(new URL("../../../network/embedded/spawn.ts", import.meta.url).href)});
    const chain = await spawnEmbeddedChain(process.execPath, { dir: ${JSON.stringify(dir)}, port: 0 }); console.log(chain.pid); await new Promise(() => setInterval(() => {}, 1000));`;
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
  const pid = Number(await new Promise((done) => parent.stdout.once("data", (data: Buffer) => done(data.toString()))));
  t.true(pid > 0);
  parent.kill("SIGKILL");
  const alive = (): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  while (alive()) await new Promise((wake) => setTimeout(wake, 20));
  const again = await spawnEmbeddedChain(process.execPath, { dir, port: 0 });
  await again.stop();
});
