import test from "ava";
import { kuboConfig } from "../../../../network/ipfs/kubo-config.ts";
import { peerIdentity } from "../../../../network/ipfs/peer-identity.ts";
import { leaksOf, leaksOfListeners } from "../../../../node-agent/src/blocks/ipfs/privacy.ts";

type Tree = Record<string, unknown>;
const good = (): Tree => kuboConfig({ identity: peerIdentity(), swarm: ["/ip4/127.0.0.1/tcp/4001"], rpc: "/ip4/127.0.0.1/tcp/5001", peers: [], storageMax: "1GB" });

function set(config: Tree, path: string, value: unknown): Tree {
  const [key = "", ...rest] = path.split(".");
  if (rest.length > 0) {
    const inner = (config[key] ?? {}) as Tree;
    config[key] = inner;
    set(inner, rest.join("."), value);
  } else if (value === undefined) delete config[key];
  else config[key] = value;
  return config;
}

test("the configuration that network/ipfs writes has no leak", (t) => {
  t.deepEqual(leaksOf(good()), []);
});

/** A setting as it stands in Kubo's own defaults, or as somebody might set it: each alone takes the node out of the private network. */
const wrong: readonly [string, unknown][] = [
  ["Bootstrap", ["auto"]],
  ["Bootstrap", ["/dnsaddr/bootstrap.libp2p.io/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN"]],
  ["AutoConf.Enabled", undefined],
  ["AutoConf.Enabled", true],
  ["Routing.Type", undefined],
  ["Routing.Type", "auto"],
  ["Routing.Type", "dht"],
  ["Routing.DelegatedRouters", ["auto"]],
  ["Ipns.DelegatedPublishers", ["auto"]],
  ["DNS.Resolvers", { ".": "auto" }],
  ["Provide.Enabled", undefined],
  ["HTTPRetrieval.Enabled", undefined],
  ["AutoTLS.Enabled", true],
  ["AutoNAT.ServiceMode", undefined],
  ["Discovery.MDNS.Enabled", true],
  ["Swarm.DisableNatPortMap", false],
  ["Swarm.EnableHolePunching", undefined],
  ["Swarm.RelayClient.Enabled", undefined],
  ["Swarm.RelayService.Enabled", true],
  ["Swarm.Transports.Network.QUIC", undefined],
  ["Swarm.Transports.Network.Websocket", true],
  ["Swarm.Transports.Network.WebTransport", undefined],
  ["Swarm.Transports.Network.WebRTCDirect", undefined],
  ["Swarm.Transports.Network.Relay", undefined],
  ["Plugins.Plugins.telemetry.Disabled", undefined],
  ["Addresses.Gateway", "/ip4/0.0.0.0/tcp/8080"],
  ["Addresses.Gateway", ["/ip4/127.0.0.1/tcp/8080", "/ip6/::/tcp/8080"]],
];

for (const [path, value] of wrong)
  test(`${path} ${value === undefined ? "left out" : `as ${JSON.stringify(value)}`} is named`, (t) => {
    const leaks = leaksOf(set(good(), path, value));
    t.deepEqual(leaks.map(({ setting }) => setting), [path]);
    t.regex(leaks[0]?.why ?? "", /must be/u);
  });

test("nothing at all is many leaks, and no rubbish is taken for a configuration", (t) => {
  t.true(leaksOf({}).length > 12);
  for (const rubbish of [{ Swarm: "yes" }, { Swarm: null, Routing: [] }, { AutoConf: { Enabled: "false" } }, { AutoConf: { Enabled: 0 } }]) t.true(leaksOf(rubbish).some(({ setting }) => setting === "AutoConf.Enabled"), JSON.stringify(rubbish));
  t.deepEqual(leaksOf(set(good(), "Addresses.Gateway", ["/ip4/127.0.0.1/tcp/8080"])), [], "a gateway on loopback is nobody's");
});

test("only plain TCP is a private listener", (t) => {
  t.deepEqual(leaksOfListeners(["/ip4/10.0.0.1/tcp/4001", "/ip6/::1/tcp/4001", "/dns4/kubo/tcp/4001"]), []);
  for (const bad of ["/ip4/10.0.0.1/udp/4001/quic-v1", "/ip4/10.0.0.1/tcp/4001/ws", "/p2p-circuit", "/ip4/10.0.0.1/tcp/4001/p2p/x/p2p-circuit"]) t.is(leaksOfListeners([bad]).length, 1, bad);
});
