import { randomBytes } from "node:crypto";
import ava, { type TestFn } from "ava";
import { hashTypedData as viemHash, type TypedDataDefinition } from "viem";
import { address, digest, memberId, requestId, studyId } from "../../../node-agent/src/model/ids.ts";
import { type ContractAddresses, contractNames } from "../../../node-agent/src/ledger/contracts.ts";
import { createRpc, type Rpc } from "../../../node-agent/src/ledger/rpc.ts";
import { verifySignature } from "../../../node-agent/src/ledger/signature.ts";
import { createTypedDataMaker, hashTypedData } from "../../../node-agent/src/ledger/typed-data.ts";
import type { TypedData } from "../../../node-agent/src/model/typed-data.ts";
import { type EmbeddedChain, startEmbeddedChain } from "../../../network/embedded/start.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newSigner, rpc as ask } from "../../network/embedded/client.ts";
import { addressOf, newAccount } from "./consortium.ts";

const test = ava as TestFn<{ dir: string; chain: EmbeddedChain; rpc: Rpc }>;
test.before(async (t) => {
  t.context.dir = await mkdtemp(join(tmpdir(), "fiducial-signature-"));
  t.context.chain = await startEmbeddedChain({ dir: t.context.dir, port: 0 });
  t.context.rpc = createRpc({ endpoint: t.context.chain.url, timeoutMs: 5000, retries: 0 });
});
test.after.always(async (t) => {
  await t.context.rpc.close();
  await t.context.chain.close();
  await rm(t.context.dir, { recursive: true, force: true });
});

const contracts = Object.fromEntries(contractNames.map((name, i) => [name, address(`0x${String(i + 1).repeat(40)}`)])) as ContractAddresses;
const maker = createTypedDataMaker(20251, contracts);
const word = (): string => `0x${randomBytes(32).toString("hex")}`;
const documents = (): TypedData[] => [
  maker.consent({ study: studyId(word()), grantee: memberId(0), purposes: ["TREAT", "HOPERAT"], notBefore: 1, expiry: 2 ** 47, creditAccount: address(`0x${"ab".repeat(20)}`), nonce: 2n ** 200n + 1n }),
  maker.revocation({ study: studyId(word()), grantee: memberId(0xffff_ffff), nonce: 0n }),
  maker.review({ request: requestId(word()), justified: false, note: digest(word()) }),
  maker.review({ request: requestId(word()), justified: true, note: digest(word()) }),
];

test("documents hash as another implementation hashes them, and survive JSON", (t) => {
  for (const document of documents()) {
    const { EIP712Domain: _domain, ...types } = document.types;
    t.is<string, string>(hashTypedData(document), viemHash({ ...document, types } as unknown as TypedDataDefinition));
    t.deepEqual(JSON.parse(JSON.stringify(document)), document);
  }
});

test("an account's signature holds for its document, its signer and in its one form only", async (t) => {
  const account = newAccount();
  const [document, other] = documents() as [TypedData, TypedData];
  const good = await account.sign({ hash: hashTypedData(document) });
  const check = (signature: string, signer: string = account.address, of: TypedData = document): Promise<boolean> => verifySignature(t.context.rpc, of, signer as `0x${string}`, signature as `0x${string}`);
  t.true(await check(good));
  t.false(await check(good, addressOf(newAccount())));
  t.false(await check(good, account.address, other));
  t.false(await check(`${good.slice(0, -1)}${good.endsWith("b") ? "c" : "b"}`), "the other parity");
  t.false(await check(good.slice(0, -2)), "64 bytes");
  t.false(await check(`${good}00`), "66 bytes");
  t.false(await check("0x"));
  t.false(await check("no hex"));
  t.false(await check(good, "0x1234"));
  const order = 0xffffffff_ffffffff_ffffffff_fffffffe_baaedce6_af48a03b_bfd25e8c_d0364141n;
  const s = order - BigInt(`0x${good.slice(66, 130)}`);
  const mirrored = `${good.slice(0, 66)}${s.toString(16).padStart(64, "0")}${good.endsWith("1b") ? "1c" : "1b"}`;
  t.false(await check(mirrored), "the same point with s in the upper half");
});

/** A contract that answers every call with one word. */
async function answering(url: string, answer: string): Promise<`0x${string}`> {
  const signer = newSigner();
  const runtime = `7f${answer}5f5260205ff3`;
  const length = (runtime.length / 2).toString(16).padStart(2, "0");
  const { raw, hash } = signer.sign({ nonce: 0, gas: 200_000, to: null, data: `0x60${length}8060095f395ff3${runtime}` });
  await ask(url, "eth_sendRawTransaction", [raw]);
  return ((await ask(url, "eth_getTransactionReceipt", [hash])) as { contractAddress: `0x${string}` }).contractAddress;
}

test("a contract answers for itself, as an account of its own or as the verifier of a key", async (t) => {
  const { rpc, chain } = t.context;
  const [document] = documents() as [TypedData];
  const wallet = await answering(chain.url, `1626ba7e${"00".repeat(28)}`);
  const verifier = await answering(chain.url, `024ad318${"00".repeat(28)}`);
  const no = await answering(chain.url, "ff".repeat(32));
  t.true(await verifySignature(rpc, document, wallet, "0x12"));
  t.true(await verifySignature(rpc, document, `${verifier}abcd`, "0x12"));
  t.false(await verifySignature(rpc, document, no, "0x12"));
  t.false(await verifySignature(rpc, document, `${no}abcd`, "0x12"));
  t.false(await verifySignature(rpc, document, verifier, "0x12"), "a yes to another question is no yes");
  t.false(await verifySignature(rpc, document, `${newAccount().address}abcd`, "0x12"), "nobody there to ask");
});
