import { readFile } from "node:fs/promises";
import test from "ava";
import { stringify } from "yaml";
import { checkConsortium, nodesOf, parseConsortium } from "../../network/consortium-file.ts";
import { consortiumGenesis } from "../../network/genesis/of-consortium.ts";
import { someConsortium } from "./consortium.ts";

const yaml = (value: unknown) => stringify(value);

test("a file of members gets its defaults", (t) => {
  const consortium = parseConsortium(yaml(someConsortium()));
  t.is(consortium.consensus.protocol, "ibft2");
  t.is(nodesOf(consortium).length, 5);
  t.is(consortium.members[4]?.nodes[0]?.p2pPort, 30_303);
  t.is(consortium.images, null);
});

test("hex needs no quotes", (t) => {
  const text = yaml(someConsortium()).replaceAll(/"(0x[0-9a-f]+)"/gu, "$1");
  t.notRegex(text, /"0x/u);
  t.is(parseConsortium(text).members.length, 5);
});

test("one word switches the consensus", (t) => {
  const text = yaml({ ...someConsortium(), consensus: { protocol: "qbft" } });
  t.true("qbft" in consortiumGenesis(parseConsortium(text)).config);
  t.true("ibft2" in consortiumGenesis(parseConsortium(text.replace("qbft", "ibft2"))).config);
});

type Draft = ReturnType<typeof someConsortium>;
const wrong: readonly (readonly [what: string, change: (draft: Draft) => unknown, sentence: RegExp])[] = [
  ["an unknown key", (d) => ({ ...d, chainid: 1 }), /line \d+: chainid: unknown key; did you mean chainId/u],
  ["an empty-block period on IBFT 2.0", (d) => ({ ...d, consensus: { emptyBlockPeriodSeconds: 60 } }), /only QBFT has it/u],
  ["a timeout not above the block period", (d) => ({ ...d, consensus: { blockPeriodSeconds: 5, requestTimeoutSeconds: 5 } }), /longer than the block period/u],
  ["Osaka before Prague", (d) => ({ ...d, forks: { osakaTime: 5 } }), /Osaka comes after Prague/u],
  ["no guardian", (d) => ({ ...d, guardians: [] }), /at least one guardian/u],
  ["more guardians wanted than there are", (d) => ({ ...d, guardianThreshold: 9 }), /only 1 guardians: nothing could ever be stopped/u],
  ["members out of order", (d) => ({ ...d, members: d.members.toReversed() }), /numbered in the order/u],
  ["a node's key used twice", (d) => ({ ...d, members: d.members.map((one) => ({ ...one, nodes: one.nodes?.map((node) => ({ ...node, publicKey: d.members[0]?.nodes?.[0]?.publicKey })) })) }), /public key [0-9a-f]{16}\.\.\. is already used/u],
  ["a key that is no point of the curve", (d) => edit(d, { publicKey: "ab".repeat(64) }), /no public key of secp256k1/u],
  ["a host name", (d) => edit(d, { host: "node.hospital.example" }), /IPv4/u],
  ["an IPv6 address", (d) => edit(d, { host: "fd00::1" }), /IPv4/u],
  ["an observer that seals", (d) => ({ ...d, members: d.members.map((one) => (one.kind === "observer" ? { ...one, nodes: one.nodes?.map((node) => ({ ...node, validator: true })) } : one)) }), /observer's node does not seal/u],
  ["nobody who seals", (d) => ({ ...d, members: d.members.map((one) => ({ ...one, nodes: one.nodes?.map((node) => ({ ...node, validator: false })) })) }), /no block would ever be sealed/u],
  ["an account of two members", (d) => ({ ...d, members: d.members.map((one) => ({ ...one, governor: d.members[0]?.governor })) }), /account 0x\w+ is already used/u],
  ["an image without a digest", (d) => ({ ...d, images: { besu: "hyperledger/besu:26.8.0", kubo: "a", cluster: "b", agent: "c" } }), /by digest/u],
  ["the tag latest", (d) => ({ ...d, images: { besu: `hyperledger/besu:latest@sha256:${"a".repeat(64)}`, kubo: "a", cluster: "b", agent: "c" } }), /latest says nothing/u],
  ["a hospital without an agent's account", (d) => ({ ...d, members: d.members.map((one) => ({ ...one, operators: [] })) }), /needs the account of its agent/u],
];

function edit(draft: Draft, change: Readonly<Record<string, unknown>>): unknown {
  return { ...draft, members: draft.members.map((one, at) => (at === 0 ? { ...one, nodes: one.nodes?.map((node) => ({ ...node, ...change })) } : one)) };
}

for (const [what, change, sentence] of wrong)
  test(`refuses ${what}, with the reason`, (t) => {
    t.throws(() => parseConsortium(yaml(change(someConsortium()))), { code: "NETWORK_FILE_WRONG", message: sentence });
  });

test("refuses what is no YAML, and aliases", (t) => {
  t.throws(() => parseConsortium("a: [\n"), { code: "NETWORK_FILE_WRONG", message: /not valid YAML/u });
  t.throws(() => parseConsortium("a: &x 1\nb: *x\n"), { code: "NETWORK_FILE_WRONG", message: /aliases/u });
});

test("the genesis does not depend on the order of nodes", (t) => {
  const draft = someConsortium();
  const renumbered = { ...draft, members: draft.members.toReversed().map((one, at) => ({ ...one, id: at + 1 })) };
  t.is(JSON.stringify(consortiumGenesis(checkConsortium(draft))), JSON.stringify(consortiumGenesis(checkConsortium(renumbered))));
});

test("the file in the guide is accepted as it stands", async (t) => {
  const guide = await readFile("docs/network.md", "utf8");
  const examples = [...guide.matchAll(/^```yaml\n(.*?)^```$/gmsu)].map(([, text = ""]) => text).filter((text) => text.includes("chainId:"));
  t.is(examples.length, 1);
  for (const text of examples) t.is(parseConsortium(text).members.length, 5);
});
