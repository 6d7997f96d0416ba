import test from "ava";
import fc from "fast-check";
import { encodeEventSignature } from "web3-eth-abi";
import { type AbiEvent, encodeAbiParameters, encodeEventTopics } from "viem";
import { type Address, address, digest, memberId, requestId, studyId } from "../../../node-agent/src/model/ids.ts";
import { type ContractAddresses, type ContractName, contractNames, eventsOf } from "../../../node-agent/src/ledger/contracts.ts";
import { type ChainLog, createDecoder, parseLog } from "../../../node-agent/src/ledger/decode.ts";
import { factOf } from "../../../node-agent/src/ledger/facts.ts";
import { isFault } from "../../../node-agent/src/model/fault.ts";

const contracts = Object.fromEntries(contractNames.map((name, i) => [name, address(`0x${String(i + 1).repeat(40)}`)])) as ContractAddresses & Record<ContractName, Address>;
const decode = createDecoder(contracts);
const hash = digest(`0x${"ab".repeat(32)}`);

/** A log as a node would give it, made by an independent encoder. */
function logOf(contract: ContractName, name: string, args: Record<string, unknown>): ChainLog {
  const event = eventsOf(contract).find((one) => one.name === name) as unknown as AbiEvent;
  const topics = encodeEventTopics({ abi: [event], eventName: name, args }) as string[];
  const plain = event.inputs.filter((input) => input.indexed !== true);
  const data = encodeAbiParameters(plain, plain.map((input) => args[input.name ?? ""]));
  return { address: contracts[contract], topics, data, block: 7, blockHash: hash, logIndex: 3, transaction: hash };
}
const position = { block: 7, timestamp: 1000, logIndex: 3, transaction: hash };

const hex = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => `0x${Buffer.from(value).toString("hex")}`);
const uint32 = fc.nat({ max: 0xffff_ffff });
const uint48 = fc.maxSafeNat().map((value) => value % 2 ** 48);

test("AccessRequested reads back as it was written", (t) => {
  fc.assert(
    fc.property(hex(32), hex(32), uint32, hex(20), uint32, fc.nat({ max: 6 }), fc.constantFrom(1, 2), fc.nat({ max: 11 }), fc.boolean(), uint48, (request, study, requester, patient, custodian, purpose, outcome, reason, emergency, dueBy) => {
      const event = decode(logOf("accessLedger", "AccessRequested", { requestId: request, studyId: study, requester, patient, custodian, purpose, outcome, reason, emergency, dueBy }), 1000);
      t.like(event, { kind: "AccessRequested", request: requestId(request), study: studyId(study), requester: memberId(requester), patient: address(patient), custodian: memberId(custodian), granted: outcome === 1, emergency, dueBy, ...position });
    }),
  );
});

test("a credit change keeps its sign and tells members from accounts", (t) => {
  const account = `0x${"cd".repeat(20)}` as const;
  const member2 = `0x00000002${"00".repeat(28)}` as const;
  const common = { cause: 3, counterparty: member2, delta: -200, score: 300, raw: 300, epoch: 1 };
  t.like(decode(logOf("creditLedger", "CreditChanged", { ...common, subject: `0x${"00".repeat(12)}${account.slice(2)}` }), 1000), { subject: address(account), delta: -200, cause: "misuse", counterparty: memberId(2) });
  t.like(decode(logOf("creditLedger", "CreditChanged", { ...common, subject: member2, counterparty: `0x${"00".repeat(32)}` }), 1000), { subject: memberId(2), counterparty: null });
});

test("texts, lists and structs of a member's nodes read back", (t) => {
  const node = { enodeKey: `0x${"AB".repeat(64)}` as const, host: "knoten.münchen.example", port: 30303, validator: true, ipfsPeerId: "12D3KooW", clusterPeerId: "" };
  const event = decode(logOf("memberRegistry", "NodesChanged", { id: 4, nodes: [node, node], epoch: 9n }), 1000);
  const expected = { ...node, enodeKey: node.enodeKey.toLowerCase() as `0x${string}` };
  t.like(event, { kind: "MemberNodesChanged", member: memberId(4), nodes: [expected, expected] });
});

test("every fact in the table is an event of the contracts", (t) => {
  const names = new Set(contractNames.flatMap((contract) => eventsOf(contract).map((event) => event.name)));
  for (const name of Object.keys(factOf)) t.true(names.has(name), name);
});

test("what is not understood is kept whole: unknown topic, other layout, enum value from the future, foreign contract, no topic", (t) => {
  const known = logOf("studyRegistry", "StudyWithdrawn", { studyId: hash, custodian: 1, patient: contracts.studyRegistry, reason: 1 });
  const future = logOf("accessLedger", "AccessRequested", { requestId: hash, studyId: hash, requester: 1, patient: contracts.studyRegistry, custodian: 1, purpose: 7, outcome: 1, reason: 0, emergency: false, dueBy: 0 });
  const logs: ChainLog[] = [
    { ...known, topics: [hash] },
    { ...known, data: `${known.data}${"00".repeat(32)}` },
    { ...known, topics: known.topics.slice(0, 3) },
    future,
    { ...known, address: address(`0x${"99".repeat(20)}`) },
    { ...known, topics: [] },
  ];
  for (const log of logs) t.deepEqual(decode(log, 1000), { kind: "Unknown", contract: log.address, topics: log.topics, data: log.data, ...position });
});

test("random bytes under known topics never throw", (t) => {
  const topics = contractNames.flatMap((contract) => eventsOf(contract).map((event) => [contract, encodeEventSignature(event)] as const));
  fc.assert(
    fc.property(fc.constantFrom(...topics), fc.array(hex(32), { maxLength: 3 }), fc.uint8Array({ maxLength: 400 }), ([contract, topic], more, bytes) => {
      const log = { address: contracts[contract], topics: [topic, ...more], data: `0x${Buffer.from(bytes).toString("hex")}`, block: 7, blockHash: hash, logIndex: 3, transaction: hash };
      t.is(decode(log, 1000).block, 7);
    }),
    { numRuns: 500 },
  );
});

test("a log that is none is refused", (t) => {
  const good = { address: contracts.studyRegistry, topics: [hash], data: "0x", blockNumber: "0x7", blockHash: hash, logIndex: "0x0", transactionHash: hash, removed: false };
  t.is(parseLog(good).block, 7);
  const bad: unknown[] = [null, 7, { ...good, removed: true }, { ...good, blockNumber: null }, { ...good, blockNumber: 7 }, { ...good, logIndex: "7" }, { ...good, topics: "x" }, { ...good, topics: ["0x12"] }, { ...good, data: "0x1" }, { ...good, address: "0x12" }, { ...good, blockHash: null }];
  for (const one of bad) t.true(isFault(t.throws(() => parseLog(one)), "LEDGER_BAD_ANSWER"));
});
