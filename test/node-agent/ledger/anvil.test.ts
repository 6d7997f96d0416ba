import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { Fault, isFault } from "../../../node-agent/src/model/fault.ts";
import { createOutbox } from "../../../node-agent/src/ledger/outbox.ts";
import { openOutboxStore } from "../../../node-agent/src/ledger/outbox-store.ts";
import { createRpc } from "../../../node-agent/src/ledger/rpc.ts";
import { createSigner } from "../../../node-agent/src/ledger/sign.ts";
import { freePort } from "../../../network/local/ports.ts";
import { newSigner, rpc as ask } from "../../network/embedded/client.ts";
import { deployEcho, echoed } from "./echo.ts";

const anvil = fileURLToPath(new URL("../../../node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil", import.meta.url));

async function ready(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`anvil ended with status ${child.exitCode}`);
    const up = await ask(url, "eth_chainId").catch(() => null);
    if (up !== null) return;
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

test("another node's words and block times: two outboxes on one account over anvil, each write mined once", async (t) => {
  if (!existsSync(anvil)) {
    t.log("SKIPPED: no anvil on this machine");
    return t.pass();
  }
  const dir = await mkdtemp(join(tmpdir(), "fiducial-anvil-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ["--port", String(port), "--chain-id", "20251", "--gas-price", "0", "--base-fee", "0", "--block-time", "1", "--hardfork", "cancun", "--accounts", "0", "--silent"];
  const child = spawn(anvil, args, { stdio: "ignore" });
  t.teardown(async () => {
    child.kill("SIGKILL");
    await rm(dir, { recursive: true, force: true });
  });
  await ready(url, child);
  const deployer = newSigner();
  // Blocks come each second here: the receipt is not there yet, the address is known beforehand.
  await deployEcho(url, deployer).catch(() => null);
  const key = randomBytes(32);
  const signer = createSigner(key, 20251);
  const open = (name: string) => {
    const rpc = createRpc({ endpoint: url, timeoutMs: 5000, retries: 1 });
    const store = openOutboxStore(join(dir, name), { chainId: 20251, genesisHash: "anvil", operator: signer.address });
    const outbox = createOutbox({ rpc, store, signer, pollMs: 50, resendMs: 1500 });
    t.teardown(async () => {
      outbox.close();
      await rpc.close();
    });
    return outbox;
  };
  const { getContractAddress } = await import("viem");
  const echo = getContractAddress({ from: deployer.address, nonce: 0n }).toLowerCase() as typeof deployer.address;
  while ((await ask(url, "eth_getCode", [echo, "latest"])) === "0x") await new Promise((wake) => setTimeout(wake, 50));
  const [left, right] = [open("left.sqlite"), open("right.sqlite")];
  const writes = Array.from({ length: 8 }, () => `0x01${randomBytes(16).toString("hex")}`);
  await Promise.all(writes.map((data, i) => (i % 2 === 0 ? left : right).submit(`k${i}`, { kind: "note", to: echo, data: data as `0x${string}` })));
  const all = await echoed(url, echo);
  for (const data of writes) t.is(all.filter((one) => one === data).length, 1);
  const refused = await t.throwsAsync(left.submit("no", { kind: "note", to: echo, data: "0xff4e487b71" }));
  t.true(refused instanceof Fault && isFault(refused, "LEDGER_REVERTED"));
});
