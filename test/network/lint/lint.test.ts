import test from "ava";
import { checkConsortium, nodesOf } from "../../../network/consortium-file.ts";
import { newNodeKey } from "../../../network/besu/node-key.ts";
import { nodeFiles } from "../../../network/besu/node-files.ts";
import type { BesuOptions } from "../../../network/besu/options.ts";
import { genesisExtraData } from "../../../network/genesis/extra-data.ts";
import { consortiumGenesis } from "../../../network/genesis/of-consortium.ts";
import type { NodeConfiguration } from "../../../network/lint/finding.ts";
import { lintNode } from "../../../network/lint/lint.ts";
import { readToml } from "../../../network/lint/read-toml.ts";
import { someConsortium } from "../consortium.ts";

const consortium = checkConsortium(someConsortium());
const genesis = consortiumGenesis(consortium);

function configurationOf(name: string): NodeConfiguration {
  const { texts } = nodeFiles(consortium, name, genesis, { folder: "/etc/fiducial/node", bindHost: "0.0.0.0", rpcHost: "127.0.0.1", hostAllowlist: ["localhost"] });
  const lists = readToml(texts["permissions.toml"] ?? "");
  return {
    options: readToml(texts["besu.toml"] ?? ""),
    genesis: JSON.parse(texts["genesis.json"] ?? ""),
    staticNodes: JSON.parse(texts["static-nodes.json"] ?? "") as string[],
    permissions: { nodes: (lists["nodes-allowlist"] ?? null) as string[] | null, accounts: (lists["accounts-allowlist"] ?? null) as string[] | null },
  };
}

const good = configurationOf("hospital-1");
const options = (more: BesuOptions): Partial<NodeConfiguration> => ({ options: { ...good.options, ...more } });
const without = (name: string): Partial<NodeConfiguration> => ({ options: Object.fromEntries(Object.entries(good.options).filter(([one]) => one !== name)) });
type Draft = Record<string, unknown> & { config: Record<string, unknown> & { ibft2: Record<string, unknown> } };
const change = (edit: (draft: Draft) => unknown): Partial<NodeConfiguration> => {
  const draft = structuredClone(good.genesis) as Draft;
  edit(draft);
  return { genesis: draft };
};
const stranger = `enode://${newNodeKey().publicKey}@10.20.0.77:30303`;
const lists = (nodes: readonly string[] | null, accounts: readonly string[] | null = null) => ({ permissions: { nodes, accounts } });

test("what is made from the consortium file has nothing to complain about, at every node", (t) => {
  for (const { node } of nodesOf(consortium)) t.deepEqual(lintNode(configurationOf(node.name)), [], node.name);
});

const rules: readonly (readonly [rule: string, severity: string, broken: Partial<NodeConfiguration>])[] = [
  ["option-unknown", "refused", options({ "no-such-option": true })],
  ["option-removed", "refused", options({ "miner-enabled": true })],
  ["option-removed", "refused", options({ "permissions-nodes-contract-enabled": true })],
  ["option-removed", "refused", options({ "Xv5-discovery-enabled": true })],
  ["option-hidden", "risky", options({ "Xsomething": true })],
  ["api-unknown", "refused", options({ "rpc-http-api": ["ETH", "EEA"] })],
  ["api-exposed", "risky", options({ "rpc-http-host": "0.0.0.0" })],
  ["host-allowlist-open", "risky", options({ "host-allowlist": ["*"] })],
  ["gas-price", "changed", without("min-gas-price")],
  ["pool-gas-price", "refused", options({ "tx-pool-min-gas-price": 5 })],
  ["price-bump", "refused", options({ "tx-pool-price-bump": 10 })],
  ["pool-kind", "risky", options({ "tx-pool": "LAYERED" })],
  ["sync-mode", "refused", options({ "sync-mode": "FAST" })],
  ["sync-mode", "changed", options({ "sync-mode": "CHECKPOINT" })],
  ["snap-server-forest", "changed", options({ "data-storage-format": "FOREST" })],
  ["snap-index", "risky", options({ "sync-mode": "SNAP" })],
  ["sync-min-peers", "changed", options({ "sync-min-peers": 1 })],
  ["trie-logs", "refused", options({ "bonsai-limit-trie-logs-enabled": true })],
  ["p2p-host", "refused", options({ "p2p-host": "node.example" })],
  ["p2p-host", "risky", options({ "p2p-host": "0.0.0.0" })],
  ["nat-method", "refused", options({ "nat-method": "KUBERNETES" })],
  ["bootnodes-ignored", "changed", options({ bootnodes: [stranger] })],
  ["port-twice", "refused", options({ "rpc-ws-port": 8545 })],
  ["network-id", "risky", options({ "network-id": 5 })],
  ["no-allowlist", "risky", options({ "permissions-nodes-config-file-enabled": false })],
  ["static-file", "refused", { staticNodes: null }],
  ["static-not-allowed", "refused", { staticNodes: [stranger] }],
  ["static-not-allowed", "refused", lists([])],
  ["permissions-file", "refused", { permissions: null }],
  ["permissions-nodes", "refused", lists(null)],
  ["permissions-accounts", "refused", options({ "permissions-accounts-config-file-enabled": true })],
  ["account-form", "refused", { ...options({ "permissions-accounts-config-file-enabled": true }), ...lists([...(good.permissions?.nodes ?? [])], ["0x12"]) }],
  ["enode-form", "refused", { staticNodes: ["enode://abc@1.2.3.4:1"] }],
  ["enode-key", "risky", { staticNodes: [`enode://${"ab".repeat(64)}@10.20.0.2:30303`] }],
  ["enode-dns", "refused", { staticNodes: [stranger.replace("10.20.0.77", "node.example")] }],
  ["enode-ipv6", "risky", { staticNodes: [stranger.replace("10.20.0.77", "[fd00::1]")] }],
  ["genesis-form", "refused", { genesis: null }],
  ["no-bft", "refused", change((d) => Reflect.deleteProperty(d.config, "ibft2"))],
  ["bft-key", "changed", change((d) => Object.assign(d.config.ibft2, { blockPeriod: 9 }))],
  ["bft-key", "changed", change((d) => Object.assign(d.config.ibft2, { blockperiodmilliseconds: 50 }))],
  ["period-milliseconds", "risky", change((d) => Object.assign(d.config.ibft2, { xblockperiodmilliseconds: 50 }))],
  ["block-period", "refused", change((d) => Object.assign(d.config.ibft2, { blockperiodseconds: 0 }))],
  ["request-timeout", "risky", change((d) => Object.assign(d.config.ibft2, { requesttimeoutseconds: 5 }))],
  ["empty-period", "changed", change((d) => Object.assign(d.config.ibft2, { emptyblockperiodseconds: 60 }))],
  ["tx-gas-limit", "refused", change((d) => Object.assign(d.config.ibft2, { pertxgaslimit: 200_000_000 }))],
  ["start-block", "risky", change((d) => Object.assign(d.config, { qbft: { blockperiodseconds: 5, requesttimeoutseconds: 10 } }))],
  ["extra-data", "refused", change((d) => Object.assign(d, { extraData: "0x" }))],
  ["extra-data-protocol", "refused", change((d) => Object.assign(d, { extraData: genesisExtraData("qbft", Array.from({ length: 4 }, () => newNodeKey().address)) }))],
  ["validators-few", "risky", change((d) => Object.assign(d, { extraData: genesisExtraData("ibft2", [newNodeKey().address]) }))],
  ["base-fee", "risky", change((d) => Reflect.deleteProperty(d.config, "zeroBaseFee"))],
  ["base-fee-zero", "changed", change((d) => Reflect.deleteProperty(d, "baseFeePerGas"))],
  ["london", "risky", change((d) => Object.assign(d.config, { londonBlock: 5 }))],
  ["cancun", "risky", change((d) => Reflect.deleteProperty(d.config, "cancunTime"))],
  ["mix-hash", "risky", change((d) => Object.assign(d, { mixHash: `0x${"0".repeat(64)}` }))],
  ["difficulty", "risky", change((d) => Object.assign(d, { difficulty: "0x0" }))],
  ["gas-limit", "risky", change((d) => Object.assign(d, { gasLimit: "0x47b760" }))],
  ["contract-size", "risky", change((d) => Object.assign(d.config, { contractSizeLimit: 10_000 }))],
  ["osaka", "risky", change((d) => Object.assign(d.config, { osakaTime: 0 }))],
  ["epoch-changed", "risky", { before: change((d) => Object.assign(d.config.ibft2, { epochlength: 10 })).genesis }],
  ["block-zero-changed", "refused", { before: change((d) => Object.assign(d, { gasLimit: "0x1" })).genesis }],
  ["chain-id-changed", "refused", { before: change((d) => Object.assign(d.config, { chainId: 1 })).genesis }],
];

for (const [at, [rule, severity, broken]] of rules.entries())
  test(`${rule} is ${severity} (${at})`, (t) => {
    const found = lintNode({ ...good, ...broken });
    t.true(found.some((one) => one.rule === rule && one.severity === severity), JSON.stringify(found));
  });

test("genesis keys count whatever their letter case, as in Besu", (t) => {
  const draft = structuredClone(good.genesis) as Draft;
  draft.config.ibft2 = { blockPeriodSeconds: 5, EPOCHLENGTH: 30_000, requestTimeoutSeconds: 10 };
  t.deepEqual(lintNode({ ...good, genesis: draft }), []);
});

for (const [what, text] of [["a table", "[section]\n"], ["a key given twice", "a=1\na=2\n"], ["a list without end", 'a=["b"\n'], ["no value", "a=\n"]] as const)
  test(`TOML with ${what} is refused with its line`, (t) => {
    t.throws(() => readToml(text), { instanceOf: TypeError, message: /line \d/u });
  });
