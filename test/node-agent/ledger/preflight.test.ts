import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ava, { type TestFn } from "ava";
import fc from "fast-check";
import { createGasBook } from "../../../node-agent/src/ledger/gas-book.ts";
import { createGatherer } from "../../../node-agent/src/ledger/gather.ts";
import { createPreflight, type PlannedCall } from "../../../node-agent/src/ledger/preflight.ts";
import { createRpc, type Rpc, type RpcCall } from "../../../node-agent/src/ledger/rpc.ts";
import { type Address, address } from "../../../node-agent/src/model/ids.ts";
import { type EmbeddedChain, startEmbeddedChain } from "../../../network/embedded/start.ts";
import { newSigner } from "../../network/embedded/client.ts";
import { deployEcho } from "./echo.ts";

type Context = { dir: string; chain: EmbeddedChain; echo: Address; rpc: Rpc };
const test = ava as TestFn<Context>;
test.before(async (t) => {
  t.context.dir = await mkdtemp(join(tmpdir(), "fiducial-preflight-"));
  t.context.chain = await startEmbeddedChain({ dir: join(t.context.dir, "chain"), port: 0 });
  t.context.rpc = createRpc({ endpoint: t.context.chain.url, timeoutMs: 60_000, retries: 0 });
  t.context.echo = await deployEcho(t.context.chain.url, newSigner());
});
test.after.always(async (t) => {
  await t.context.rpc.close();
  await t.context.chain.close();
  await rm(t.context.dir, { recursive: true, force: true });
});

/** The same node, and every batch that goes to it. */
function counted(rpc: Rpc): { readonly rpc: Rpc; readonly batches: RpcCall[][]; readonly methods: () => string[] } {
  const batches: RpcCall[][] = [];
  const askAll: Rpc["askAll"] = (calls, signal) => {
    batches.push([...calls]);
    return rpc.askAll(calls, signal);
  };
  return { rpc: { ...rpc, askAll }, batches, methods: () => batches.flat().map(({ method }) => method) };
}

const { signal } = new AbortController();
const sender = address(`0x${"12".repeat(20)}`);
const tell = (to: Address, data: string): PlannedCall => ({ kind: "note", to, data: data as `0x${string}` });
const said = (seed: number, bytes = 40): string => `0x01${(seed % 251).toString(16).padStart(2, "0").repeat(bytes - 1)}`;

test("one call of a kind is estimated, the others are tried once with what it needed, and all have gas enough", async (t) => {
  const { rpc, methods, batches } = counted(t.context.rpc);
  const preflight = createPreflight(rpc, sender, signal);
  const gas = await Promise.all(Array.from({ length: 60 }, (_none, at) => preflight.gasFor(tell(t.context.echo, said(at)))));
  t.is(methods().filter((one) => one === "eth_estimateGas").length, 1);
  t.is(methods().filter((one) => one === "eth_call").length, 59);
  t.true(batches.length <= 6, `${batches.length} requests for 60 writes`);
  for (const [at, allowed] of gas.entries()) {
    const { data, to } = tell(t.context.echo, said(at));
    const needed = Number(await t.context.rpc.call("eth_estimateGas", [{ from: sender, to, data, gasPrice: "0x0" }]));
    t.true(allowed >= needed + 60_000 && allowed < 3 * needed + 100_000, `${allowed} for ${needed}`);
  }
});

test("a call that needs more than those before it is estimated anew and gets what it needs", async (t) => {
  const { rpc, methods } = counted(t.context.rpc);
  const preflight = createPreflight(rpc, sender, signal);
  // Zeros cost a quarter of other bytes: the same length, and far more gas.
  const [cheap, dear] = [tell(t.context.echo, `0x01${"00".repeat(3000)}`), tell(t.context.echo, `0x01${"ab".repeat(3000)}`)];
  await preflight.gasFor(cheap);
  const allowed = await preflight.gasFor(dear);
  t.deepEqual(methods().filter((one) => one !== "eth_getCode"), ["eth_estimateGas", "eth_call", "eth_estimateGas"]);
  const needed = Number(await t.context.rpc.call("eth_estimateGas", [{ from: sender, to: dear.to, data: dear.data, gasPrice: "0x0" }]));
  t.true(allowed > needed);
  await preflight.gasFor(dear);
  t.is(methods().filter((one) => one === "eth_estimateGas").length, 2, "and now that is known");
});

test("what the contract refuses is refused by its name, first or later; an address without code is no contract", async (t) => {
  const preflight = createPreflight(t.context.rpc, sender, signal);
  const refused = tell(t.context.echo, "0xff08c379a0");
  const both = await Promise.allSettled([preflight.gasFor(refused), preflight.gasFor(refused)]);
  for (const one of both) t.like(one, { status: "rejected", reason: { code: "LEDGER_REVERTED", details: { error: "RequireFailed" } } });
  await preflight.gasFor(tell(t.context.echo, "0x0108c379a0"));
  t.like(await t.throwsAsync(preflight.gasFor(refused)), { code: "LEDGER_REVERTED", details: { error: "RequireFailed" } });
  t.like(await t.throwsAsync(preflight.gasFor(tell(sender, "0x01"))), { code: "LEDGER_NO_CONTRACT" });
});

test("each asker gets its own replies, in order, whoever asks at once; a failure is told to all in the batch", async (t) => {
  const { rpc, batches } = counted(t.context.rpc);
  const ask = createGatherer(rpc, signal);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 30 }), async (sizes) => {
      batches.length = 0;
      const asked = sizes.map((size, at) => Array.from({ length: size }, (_none, i) => ({ method: "web3_sha3", params: [`0x${(256 * at + i + 1).toString(16).padStart(6, "0")}`] })));
      const replies = await Promise.all(asked.map((calls) => ask(calls)));
      const direct = await Promise.all(asked.map((calls) => t.context.rpc.askAll(calls)));
      t.deepEqual(replies, direct);
      t.true(batches.every((one) => one.length <= 40));
    }),
    { numRuns: 15 },
  );
  const broken = createGatherer({ ...rpc, askAll: () => Promise.reject(new Error("cut")) }, signal);
  const settled = await Promise.allSettled([broken([{ method: "eth_chainId", params: [] }]), broken([{ method: "eth_chainId", params: [] }])]);
  t.true(settled.every(({ status }) => status === "rejected"));
});

test("a guess is never below what was learned, and grows with the data", (t) => {
  const to = address(`0x${"34".repeat(20)}`);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 21_000, max: 5_000_000 })), { minLength: 1, maxLength: 30 }), (learned) => {
      const book = createGasBook();
      for (const [bytes, gas] of learned) book.learn(tell(to, said(bytes, bytes)), gas);
      for (const [bytes, gas] of learned) {
        const alike = learned.filter(([other]) => book.entryOf(tell(to, said(1, other))) === book.entryOf(tell(to, said(1, bytes))));
        t.true((book.guess(tell(to, said(7, bytes))) ?? 0) >= Math.max(gas, ...alike.map(([, one]) => one)));
      }
    }),
  );
  t.is(createGasBook().guess(tell(to, "0x01")), null);
});
