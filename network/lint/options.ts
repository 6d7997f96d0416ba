import { besuFlags, besuFlagsVersion } from "../besu/flags.generated.ts";
import type { BesuOptions } from "../besu/options.ts";
import { type Finding, finding } from "./finding.ts";

/** Options of older versions that guides and old files still have, with what became of them. */
const gone: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^miner-(?:enabled|coinbase)$/u, "removed in 25.12.0; validators of a BFT chain seal because genesis or a vote says so"],
  [/^permissions-(?:nodes|accounts)-contract-/u, "permissioning by contract was removed in 25.6.0; the agent carries the registry out on the allowlist"],
  [/^privacy-/u, "private transactions were removed in 25.6.0"],
  [/^Xsnapsync-bft-enabled$/u, "removed in 25.7.0; it is standard"],
  [/^Xv5-discovery-enabled$/u, "renamed in 26.8.0 to discovery-mode"],
  [/^fast-sync-min-peers$/u, "renamed to sync-min-peers"],
  [/^rpc-http-max-active-connections-old$/u, "removed"],
];
const apis = new Set(["ETH", "DEBUG", "MINER", "NET", "PERM", "WEB3", "ADMIN", "TXPOOL", "TRACE", "PLUGINS", "IBFT", "ENGINE", "QBFT", "TESTING"]);
const powerful = new Set(["ADMIN", "PERM", "IBFT", "QBFT", "DEBUG", "MINER"]);
const loopback = /^(?:127\.|localhost$|::1$)/u;

const listOf = (value: BesuOptions[string] | undefined): readonly string[] => (Array.isArray(value) ? value.map(String) : value === undefined ? [] : String(value).split(","));

function* names(options: BesuOptions): Generator<Finding> {
  for (const name of Object.keys(options)) {
    if (name in besuFlags) continue;
    const known = gone.find(([pattern]) => pattern.test(name));
    if (known !== undefined) yield finding("option-removed", "refused", `${name}: ${known[1]}`);
    else if (/^X/u.test(name)) yield finding("option-hidden", "risky", `${name} is not in the help of Besu ${besuFlagsVersion}; such options change from one version to the next`);
    else yield finding("option-unknown", "refused", `Besu ${besuFlagsVersion} has no option ${name}`);
  }
}

function* apiRules(options: BesuOptions): Generator<Finding> {
  for (const [kind, host] of [["rpc-http", "rpc-http-host"], ["rpc-ws", "rpc-ws-host"]] as const) {
    const offered = listOf(options[`${kind}-api`]).map((one) => one.toUpperCase());
    for (const api of offered) if (!apis.has(api)) yield finding("api-unknown", "refused", `${kind}-api: Besu ${besuFlagsVersion} has no ${api} (EEA and PRIV went in 25.7.0, CLIQUE in 26.4.0)`);
    const open = offered.filter((api) => powerful.has(api));
    if (open.length > 0 && !loopback.test(String(options[host] ?? "127.0.0.1")) && options[`${kind}-authentication-enabled`] !== true)
      yield finding("api-exposed", "risky", `${open.join(", ")} answer on ${String(options[host])} to whoever reaches it: anybody there administers the node`);
  }
  if (listOf(options["host-allowlist"]).some((one) => one === "*" || one === "all")) yield finding("host-allowlist-open", "risky", "host-allowlist lets any web page that the operator opens talk to the node");
}

function* gasRules(options: BesuOptions): Generator<Finding> {
  const price = Number(options["min-gas-price"] ?? 1000);
  if (price !== 0) yield finding("gas-price", "changed", `min-gas-price is ${price}: transactions of gas price 0, which all of ours are, are dropped without a word; write 0`);
  if (options["tx-pool-min-gas-price"] !== undefined && Number(options["tx-pool-min-gas-price"]) > price) yield finding("pool-gas-price", "refused", "tx-pool-min-gas-price is above min-gas-price");
  if (options["tx-pool-price-bump"] !== undefined) yield finding("price-bump", "refused", "tx-pool-price-bump does not go together with zeroBaseFee; leave it out");
  if (options["tx-pool"] !== undefined && String(options["tx-pool"]).toUpperCase() !== "SEQUENCED") yield finding("pool-kind", "risky", "the layered pool has refused senders that own nothing (26.4.0 to 26.7.0); write SEQUENCED");
}

function* storageRules(options: BesuOptions): Generator<Finding> {
  const format = String(options["data-storage-format"] ?? "BONSAI").toUpperCase();
  const mode = String(options["sync-mode"] ?? "FULL").toUpperCase();
  if (!["FULL", "SNAP"].includes(mode)) yield finding("sync-mode", mode === "CHECKPOINT" ? "changed" : "refused", mode === "CHECKPOINT" ? "CHECKPOINT means SNAP since 26.2.0" : `there is no sync-mode ${mode}; FULL and SNAP are left`);
  if (format === "FOREST" && options["snapsync-server-enabled"] === true) yield finding("snap-server-forest", "changed", "a node on FOREST cannot serve snap synchronisation; nobody will join from it by SNAP");
  if (format === "BONSAI" && mode === "FULL" && options["bonsai-limit-trie-logs-enabled"] === true) yield finding("trie-logs", "refused", "bonsai-limit-trie-logs-enabled does not go together with FULL and BONSAI");
  if (mode === "FULL" && options["sync-min-peers"] !== undefined) yield finding("sync-min-peers", "changed", "sync-min-peers is ignored in FULL sync-mode");
  if (mode === "SNAP" && options["snapsync-synchronizer-transaction-indexing-enabled"] !== true) yield finding("snap-index", "risky", "after SNAP older transactions are not found by hash unless snapsync-synchronizer-transaction-indexing-enabled is on");
}

function* networkRules(options: BesuOptions): Generator<Finding> {
  const host = options["p2p-host"];
  if (host !== undefined && !/^\d{1,3}(?:\.\d{1,3}){3}$/u.test(String(host))) yield finding("p2p-host", "refused", `p2p-host ${String(host)} is no IPv4 address`);
  else if (host === undefined || host === "0.0.0.0") yield finding("p2p-host", "risky", "p2p-host must be the address that the other members' allowlists have");
  if (String(options["nat-method"] ?? "").toUpperCase() === "KUBERNETES") yield finding("nat-method", "refused", "nat-method KUBERNETES was removed in 25.3.0; write NONE and give p2p-host");
  if (options["discovery-enabled"] === false && options["bootnodes"] !== undefined) yield finding("bootnodes-ignored", "changed", "bootnodes are ignored while discovery is off; name static nodes");
  const ports = new Map<string, string>();
  for (const name of ["p2p-port", "rpc-http-port", "rpc-ws-port", "metrics-port", "graphql-http-port"]) {
    if (options[name] === undefined) continue;
    const other = ports.get(String(options[name]));
    if (other !== undefined) yield finding("port-twice", "refused", `${name} and ${other} are both ${String(options[name])}`);
    ports.set(String(options[name]), name);
  }
}

/** What is wrong with a node's options alone. */
export function* optionFindings(options: BesuOptions): Generator<Finding> {
  yield* names(options);
  yield* apiRules(options);
  yield* gasRules(options);
  yield* storageRules(options);
  yield* networkRules(options);
}
