import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { generatePrivateKey } from "viem/accounts";
import { startEmbeddedChain } from "../../../network/embedded/start.ts";
import { createLedgerReader } from "../../../node-agent/src/ledger/reader.ts";
import { createRegistrar } from "../../../node-agent/src/ledger/registrar.ts";
import { setNodesCall, setProfileCall } from "../../../node-agent/src/ledger/registry-calls.ts";
import { createRpc } from "../../../node-agent/src/ledger/rpc.ts";
import { createSigner, type UnsignedTransaction } from "../../../node-agent/src/ledger/sign.ts";
import type { ContractAddresses } from "../../../node-agent/src/ledger/contracts.ts";
import { address, digest, memberId } from "../../../node-agent/src/model/ids.ts";
import { deployConsortium } from "../../../scripts/deploy/consortium.ts";
import { httpRpc } from "../../../scripts/deploy/http.ts";

const never = new AbortController().signal;
const profile = (name: string) => ({ displayName: name, endpoint: `https://${name}.example`, openpgpSha256: digest(`0x${randomBytes(32).toString("hex")}`), spkiSha256: digest(`0x${randomBytes(32).toString("hex")}`) });

test("a member's own signed entry is sent for it, once however often it comes; everything else is refused", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-registrar-"));
  const chain = await startEmbeddedChain({ dir: join(dir, "chain"), port: 0 });
  const rpc = createRpc({ endpoint: chain.url, timeoutMs: 5000, retries: 1 });
  t.teardown(async () => {
    await rpc.close();
    await chain.close();
    await rm(dir, { recursive: true, force: true });
  });
  const governors = [randomBytes(32), randomBytes(32)].map((key) => createSigner(key, chain.chainId));
  const [one, two] = governors;
  if (one === undefined || two === undefined) throw new Error("two governors are needed");
  const { deployedAtBlock, ...addresses } = await deployConsortium({
    rpc: httpRpc(chain.url),
    deployerKey: generatePrivateKey(),
    council: createSigner(randomBytes(32), chain.chainId).address,
    reviewers: [],
    members: governors.map((governor, at) => ({ kind: "Hospital", governor: governor.address, operators: [], profile: profile(`h${at + 1}`) })),
  });
  t.true(deployedAtBlock > 0);
  const contracts = Object.fromEntries(Object.entries(addresses).map(([name, at]) => [name, address(at)])) as ContractAddresses;
  const registrar = createRegistrar(rpc, { contracts, chainId: chain.chainId });
  const reader = createLedgerReader(rpc, { endpoint: chain.url, chainId: chain.chainId, genesisHash: digest(chain.genesisHash), contracts, pollMs: 50, timeoutMs: 5000, logsRange: 100 });
  const node = { enodeKey: `0x${"ab".repeat(64)}` as const, host: "192.0.2.1", port: 30_303, validator: false, ipfsPeerId: "", clusterPeerId: "" };
  const signed = (signer: typeof one, call: { readonly to: UnsignedTransaction["to"]; readonly data: `0x${string}` }, over: Partial<UnsignedTransaction> = {}) => signer.sign({ nonce: 0, gas: 3_000_000, ...call, ...over }).raw;

  const entry = signed(one, setNodesCall(contracts, memberId(1), [node]));
  const first = await registrar.relay(entry, memberId(1), never);
  t.deepEqual((await reader.member(memberId(1)))?.nodes, [node]);
  t.deepEqual(await registrar.relay(entry, memberId(1), never), first, "the same bytes again change nothing");
  t.is(await registrar.nonce(one.address), 1);

  const refused = async (what: string, raw: string, member = 2): Promise<void> => {
    await t.throwsAsync(registrar.relay(raw as `0x${string}`, memberId(member), never), { code: "REGISTRATION_REFUSED" } as never, what);
  };
  await refused("another member's entry", signed(two, setNodesCall(contracts, memberId(1), [])));
  await refused("another contract", signed(two, { ...setNodesCall(contracts, memberId(2), []), to: contracts.studyRegistry }));
  await refused("another function", signed(two, { to: contracts.memberRegistry, data: `0x${"12345678"}${"2".padStart(64, "0")}` }));
  await refused("another chain", createSigner(randomBytes(32), chain.chainId + 1).sign({ nonce: 0, gas: 100_000, ...setNodesCall(contracts, memberId(2), []) }).raw);
  for (const rubbish of ["0x", "0x00", "0xzz", `0x${"ab".repeat(100)}`, `0x${"ab".repeat(30_000)}`]) await refused(rubbish.slice(0, 12), rubbish);
  await t.throwsAsync(registrar.relay(signed(createSigner(randomBytes(32), chain.chainId), setNodesCall(contracts, memberId(2), [])), memberId(2), never), { code: "LEDGER_REVERTED" } as never, "signed by a stranger");
  await registrar.relay(signed(two, setProfileCall(contracts, memberId(2), profile("moved"))), memberId(2), never);
  t.is((await reader.member(memberId(2)))?.profile.displayName, "moved");
});
