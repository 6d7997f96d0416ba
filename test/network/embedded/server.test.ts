import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ava, { type TestFn } from "ava";
import { type EmbeddedChain, startEmbeddedChain } from "../../../network/embedded/start.ts";
import { newSigner, note, rpc } from "./client.ts";

const test = ava as TestFn<{ chain: EmbeddedChain; dir: string }>;
test.before(async (t) => {
  t.context.dir = await mkdtemp(join(tmpdir(), "fiducial-rpc-"));
  t.context.chain = await startEmbeddedChain({ dir: t.context.dir, port: 0 });
});
test.after.always(async (t) => {
  await t.context.chain.close();
  await rm(t.context.dir, { recursive: true, force: true });
});

async function post(url: string, body: string, type = "application/json"): Promise<{ status: number; reply: unknown }> {
  const response = await fetch(url, { method: "POST", headers: { "content-type": type }, body });
  return { status: response.status, reply: await response.json() };
}

for (const method of ["evm_mine", "evm_increaseTime", "evm_setNextBlockTimestamp", "evm_snapshot", "evm_revert", "hardhat_setBalance", "hardhat_impersonateAccount", "hardhat_dropTransaction", "debug_traceTransaction", "eth_sendTransaction", "eth_newFilter", "personal_sign"]) {
  test(`${method} is not offered`, async (t) => {
    await t.throwsAsync(rpc(t.context.chain.url, method, []), { message: /-32601/u });
  });
}

test("a batch is answered whole and in order, errors included", async (t) => {
  const { reply } = await post(
    t.context.chain.url,
    JSON.stringify([
      { jsonrpc: "2.0", id: "a", method: "eth_chainId" },
      { jsonrpc: "2.0", id: 2, method: "nothing_here", params: [] },
      7,
      { jsonrpc: "2.0", id: 3, method: "net_version", params: [] },
    ]),
  );
  const replies = reply as { id: unknown; result?: unknown; error?: { code: number } }[];
  t.deepEqual(replies.map((one) => one.id), ["a", 2, null, 3]);
  t.is(replies[0]?.result, "0x4f1b");
  t.is(replies[1]?.error?.code, -32601);
  t.is(replies[2]?.error?.code, -32600);
  t.is(replies[3]?.result, "20251");
});

test("bodies that are no JSON-RPC are refused as the standard says", async (t) => {
  const { url } = t.context.chain;
  const code = async (body: string): Promise<unknown> => ((await post(url, body)).reply as { error: { code: number } }).error.code;
  t.is(await code("{"), -32700);
  t.is(await code("[]"), -32600);
  t.is(await code("null"), -32600);
  t.is(await code(`{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}`), -32600);
  t.is(await code(`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0xzz"]}`), -32602);
  t.is(await code(JSON.stringify(Array.from({ length: 1001 }, () => 1))), -32005);
});

test("only JSON from programs on this machine is read", async (t) => {
  const { url } = t.context.chain;
  t.is((await post(url, "{}", "text/plain")).status, 415);
  t.is((await fetch(url)).status, 405);
  t.is((await post(url, `"${"a".repeat(9 << 20)}"`).catch(() => ({ status: 413 }))).status, 413);
  const foreign = await new Promise((done, fail) => {
    const asked = request(url, { method: "POST", headers: { host: "attacker.example", "content-type": "application/json" } }, (response) => {
      response.resume();
      done(response.statusCode);
    });
    asked.on("error", fail).end("{}");
  });
  t.is(foreign, 403);
});

test("log ranges are bounded as in Besu", async (t) => {
  const { url } = t.context.chain;
  await t.throwsAsync(rpc(url, "eth_getLogs", [{ fromBlock: "0x0", toBlock: "0xffffff" }]), { message: /Block not found/u });
  t.deepEqual(await rpc(url, "eth_getLogs", [{ fromBlock: "0x0", toBlock: "latest" }]), []);
});

test("a refused transaction says why and burns nothing", async (t) => {
  const { url } = t.context.chain;
  const signer = newSigner();
  await rpc(url, "eth_sendRawTransaction", [note(signer, 0).raw]);
  await t.throwsAsync(rpc(url, "eth_sendRawTransaction", [note(signer, 0).raw]), { message: /nonce too low/iu });
  await t.throwsAsync(rpc(url, "eth_sendRawTransaction", [note(newSigner(7), 0).raw]), { message: /chain/iu });
  await t.throwsAsync(rpc(url, "eth_sendRawTransaction", [note(signer, 1, 300_000_000).raw]), { message: /gas/iu });
  t.is(Number(await rpc(url, "eth_getTransactionCount", [signer.address, "pending"])), 1);
});
