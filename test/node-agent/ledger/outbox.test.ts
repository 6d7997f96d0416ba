import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ava, { type ExecutionContext, type TestFn } from "ava";
import { isFault } from "../../../node-agent/src/model/fault.ts";
import { type Address, digest } from "../../../node-agent/src/model/ids.ts";
import { createOutbox, type Outbox, type OutboxOptions } from "../../../node-agent/src/ledger/outbox.ts";
import { openOutboxStore } from "../../../node-agent/src/ledger/outbox-store.ts";
import { createRpc } from "../../../node-agent/src/ledger/rpc.ts";
import { createSigner, type Signer } from "../../../node-agent/src/ledger/sign.ts";
import { type EmbeddedChain, startEmbeddedChain } from "../../../network/embedded/start.ts";
import { newSigner, note, rpc as ask } from "../../network/embedded/client.ts";
import { deployEcho, echoed } from "./echo.ts";

type Context = { dir: string; chain: EmbeddedChain; echo: Address };
const test = ava as TestFn<Context>;
test.before(async (t) => {
  t.context.dir = await mkdtemp(join(tmpdir(), "fiducial-outbox-"));
  t.context.chain = await startEmbeddedChain({ dir: join(t.context.dir, "chain"), port: 0 });
  t.context.echo = await deployEcho(t.context.chain.url, newSigner());
});
test.after.always(async (t) => {
  await t.context.chain.close();
  await rm(t.context.dir, { recursive: true, force: true });
});

type T = ExecutionContext<Context>;
const patient = { timeoutMs: 30_000, retries: 0 };

function opened(t: T, key: Uint8Array, file: string, more: Partial<OutboxOptions> & { endpoint?: string } = {}): { outbox: Outbox; signer: Signer } {
  const { endpoint = t.context.chain.url, ...rest } = more;
  const signer = createSigner(key, 20251);
  const store = openOutboxStore(file, { chainId: 20251, genesisHash: t.context.chain.genesisHash, operator: signer.address });
  const rpc = createRpc({ endpoint, ...patient });
  const outbox = createOutbox({ rpc, store, signer, pollMs: 10, resendMs: 200, ...rest });
  t.teardown(async () => {
    outbox.close();
    await rpc.close();
  });
  return { outbox, signer };
}

const newFile = (t: T): string => join(t.context.dir, `${randomBytes(6).toString("hex")}.sqlite`);
const tell = (t: T, data: string) => ({ kind: "note", to: t.context.echo, data: data as `0x${string}` });
const unique = (): string => `0x01${randomBytes(16).toString("hex")}`;
const times = async (t: T, data: string): Promise<number> => (await echoed(t.context.chain.url, t.context.echo)).filter((one) => one === data).length;

test("a key is one write for good, in this life and the next", async (t) => {
  const [key, file, data] = [randomBytes(32), newFile(t), unique()];
  const first = opened(t, key, file).outbox;
  const [one, two] = await Promise.all([first.submit("a", tell(t, data)), first.submit("a", tell(t, data))]);
  t.deepEqual(one, two);
  t.deepEqual(await first.submit("a", tell(t, data)), one);
  const error = await t.throwsAsync(first.submit("a", tell(t, unique())));
  t.true(isFault(error, "LEDGER_KEY_REUSED"));
  first.close();
  t.deepEqual(await opened(t, key, file).outbox.submit("a", tell(t, data)), one);
  t.is(await times(t, data), 1);
});

test("many at once all arrive, each once, within the window", async (t) => {
  const { outbox, signer } = opened(t, randomBytes(32), newFile(t), { window: 7 });
  const writes = Array.from({ length: 60 }, unique);
  await Promise.all(writes.map((data, i) => outbox.submit(`k${i}`, tell(t, data))));
  const all = await echoed(t.context.chain.url, t.context.echo);
  for (const data of writes) t.is(all.filter((one) => one === data).length, 1);
  t.is(Number(await ask(t.context.chain.url, "eth_getTransactionCount", [signer.address, "latest"])), 60);
  t.is(outbox.pending(), 0);
});

test("what the contract would refuse is a fault with its name, spends no nonce and leaves the key free", async (t) => {
  const { outbox, signer } = opened(t, randomBytes(32), newFile(t));
  const studyUnknown = "0xff" + "08c379a0";
  const error = await t.throwsAsync(outbox.submit("k", tell(t, studyUnknown)));
  t.true(isFault(error, "LEDGER_REVERTED"));
  t.regex(error?.message ?? "", /RequireFailed/u);
  t.is(outbox.pending(), 0);
  t.is(Number(await ask(t.context.chain.url, "eth_getTransactionCount", [signer.address, "latest"])), 0);
  const data = unique();
  await outbox.submit("k", tell(t, data));
  t.is(await times(t, data), 1);
});

test("a write that was mined and reverted does not block its key for ever", async (t) => {
  const [key, file] = [randomBytes(32), newFile(t)];
  const signer = createSigner(key, 20251);
  const store = openOutboxStore(file, { chainId: 20251, genesisHash: t.context.chain.genesisHash, operator: signer.address });
  const call = tell(t, "0xff08c379a0");
  store.record({ key: "k", content: "x", ...call });
  store.sign("k", { nonce: 0, ...signer.sign({ nonce: 0, gas: 100_000, to: call.to, data: call.data }) });
  store.close();
  const { outbox } = opened(t, key, file);
  await outbox.resume(AbortSignal.timeout(120_000));
  while (outbox.pending() > 0) await new Promise((wake) => setTimeout(wake, 20));
  t.is(Number(await ask(t.context.chain.url, "eth_getTransactionCount", [signer.address, "latest"])), 1, "it was mined");
  const data = unique();
  await outbox.submit("k", tell(t, data));
  t.is(await times(t, data), 1);
});

test("two outboxes on one account: each write is mined once, whoever takes the nonce", async (t) => {
  const key = randomBytes(32);
  const resigned: string[] = [];
  const onStep = (step: string, of: string): void => void (step === "resigned" && resigned.push(of));
  const left = opened(t, key, newFile(t), { onStep }).outbox;
  const right = opened(t, key, newFile(t), { onStep }).outbox;
  const writes = Array.from({ length: 24 }, unique);
  await Promise.all(writes.map((data, i) => (i % 2 === 0 ? left : right).submit(`k${i}`, tell(t, data)).catch((error: unknown) => t.fail(String(error)))));
  const all = await echoed(t.context.chain.url, t.context.echo);
  for (const data of writes) t.is(all.filter((one) => one === data).length, 1);
  t.true(resigned.length > 0, "the two met at one nonce at least once");
});

test("a nonce gap left by lost transactions is filled", async (t) => {
  const key = randomBytes(32);
  const file = newFile(t);
  const signer = createSigner(key, 20251);
  const store = openOutboxStore(file, { chainId: 20251, genesisHash: t.context.chain.genesisHash, operator: signer.address });
  const data = unique();
  const call = tell(t, data);
  store.record({ key: "late", kind: "note", content: "x", to: call.to, data: call.data });
  store.sign("late", { nonce: 3, ...signer.sign({ nonce: 3, gas: 100_000, to: call.to, data: call.data }) });
  store.close();
  const { outbox } = opened(t, key, file);
  await outbox.resume(AbortSignal.timeout(120_000));
  while (outbox.pending() > 0) await new Promise((wake) => setTimeout(wake, 20));
  t.is(await times(t, data), 1);
});

test("a node that is away: the caller is told, the write is kept and sent when it is back", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-away-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const first = await startEmbeddedChain({ dir, port: 0 });
  const port = Number(new URL(first.url).port);
  const echo = await deployEcho(first.url, newSigner());
  const { outbox } = opened(t, randomBytes(32), newFile(t), { endpoint: first.url });
  await first.close();
  const data = unique();
  const call = { kind: "note", to: echo, data: data as `0x${string}` };
  const error = await t.throwsAsync(outbox.submit("k", call));
  t.like(error, { code: "LEDGER_WRITE_KEPT", details: { write: "k", reason: "ECONNREFUSED" } });
  t.is(outbox.pending(), 1);
  const second = await startEmbeddedChain({ dir, port });
  t.teardown(() => second.close());
  while (outbox.pending() > 0) await new Promise((wake) => setTimeout(wake, 20));
  await outbox.submit("k", call);
  t.deepEqual(await echoed(second.url, echo), [data]);
});

test("the file belongs to one process, one key, one chain", (t) => {
  const file = newFile(t);
  const operator = newSigner().address;
  const belongs = { chainId: 20251, genesisHash: digest(`0x${"11".repeat(32)}`), operator };
  const store = openOutboxStore(file, belongs);
  t.true(isFault(t.throws(() => openOutboxStore(file, belongs)), "LEDGER_OUTBOX_LOCKED"));
  store.close();
  t.true(isFault(t.throws(() => openOutboxStore(file, { ...belongs, operator: newSigner().address })), "LEDGER_OUTBOX_FOREIGN"));
  t.true(isFault(t.throws(() => openOutboxStore(file, { ...belongs, chainId: 1 })), "LEDGER_OUTBOX_FOREIGN"));
  openOutboxStore(file, belongs).close();
});

test("closing tells those who wait and leaves the write for the next life", async (t) => {
  const [key, file, data] = [randomBytes(32), newFile(t), unique()];
  const { outbox } = opened(t, key, file);
  const waiting = outbox.submit("k", tell(t, data));
  outbox.close();
  t.true(isFault(await t.throwsAsync(waiting), "LEDGER_CLOSED"));
  t.true(isFault(await t.throwsAsync(outbox.submit("k2", tell(t, data))), "LEDGER_CLOSED"));
  await opened(t, key, file).outbox.submit("k", tell(t, data));
  t.is(await times(t, data), 1);
});

test("a transaction of the same account from elsewhere does not stop the outbox", async (t) => {
  const key = randomBytes(32);
  const { outbox, signer } = opened(t, key, newFile(t));
  await outbox.submit("before", tell(t, unique()));
  await ask(t.context.chain.url, "eth_sendRawTransaction", [note(signer, 1).raw]);
  const data = unique();
  await outbox.submit("after", tell(t, data));
  t.is(await times(t, data), 1);
});
