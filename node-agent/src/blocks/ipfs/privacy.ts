/** One way in which a Kubo could be found by, or speak to, somebody outside the consortium. */
export type Leak = { readonly setting: string; readonly why: string };

type Json = Readonly<Record<string, unknown>>;

/** The value at a dotted path of Kubo's configuration; undefined when it is not there. */
function at(config: Json, path: string): unknown {
  let value: unknown = config;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Json)[key];
  }
  return value;
}

const shown = (value: unknown): string => (value === undefined ? "is not set" : `is ${JSON.stringify(value).slice(0, 80)}`);
const emptyList = (value: unknown): boolean => value === undefined || value === null || (Array.isArray(value) && value.length === 0);
const emptyMap = (value: unknown): boolean => value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);

type Rule = { readonly path: string; readonly good: (value: unknown) => boolean; readonly must: string };
const off = (path: string): Rule => ({ path, good: (value) => value === false, must: "must be false" });
const none = (path: string): Rule => ({ path, good: emptyList, must: "must be empty" });

/**
 * What a member's Kubo must have set (facts of Kubo 0.43: what is left out takes its default, and most defaults are of the public network).
 * `network/ipfs/kubo-config.ts` writes exactly this.
 */
const rules: readonly Rule[] = [
  none("Bootstrap"),
  off("AutoConf.Enabled"),
  { path: "Routing.Type", good: (value) => value === "none", must: 'must be "none": a DHT tells others what is stored' },
  none("Routing.DelegatedRouters"),
  none("Ipns.DelegatedPublishers"),
  { path: "DNS.Resolvers", good: emptyMap, must: "must be empty" },
  off("Provide.Enabled"),
  off("HTTPRetrieval.Enabled"),
  off("AutoTLS.Enabled"),
  { path: "AutoNAT.ServiceMode", good: (value) => value === "disabled", must: 'must be "disabled"' },
  off("Discovery.MDNS.Enabled"),
  { path: "Swarm.DisableNatPortMap", good: (value) => value === true, must: "must be true: it asks the router to open a port" },
  off("Swarm.EnableHolePunching"),
  off("Swarm.RelayClient.Enabled"),
  off("Swarm.RelayService.Enabled"),
  ...["QUIC", "Websocket", "WebTransport", "WebRTCDirect", "Relay"].map((name) => off(`Swarm.Transports.Network.${name}`)),
  { path: "Plugins.Plugins.telemetry.Disabled", good: (value) => value === true, must: "must be true" },
  {
    path: "Addresses.Gateway",
    good: (value) => emptyList(value) || value === "" || [value].flat().every((one) => typeof one === "string" && /^\/(?:ip4\/127\.|ip6\/::1\/)/u.test(one)),
    must: "must be empty or on loopback: a gateway serves whoever reaches it",
  },
];

/** Every setting of a running Kubo's configuration (RPC `config/show`) through which it would leave the private network; empty when it is as it should be. */
export function leaksOf(config: Json): Leak[] {
  return rules.flatMap(({ path, good, must }) => {
    const value = at(config, path);
    return good(value) ? [] : [{ setting: path, why: `${shown(value)}, ${must}` }];
  });
}

/** Listening addresses (RPC `swarm/addrs/listen`) that are not plain TCP: a private swarm has no other transport, so such a node is on the public one as well. */
export function leaksOfListeners(addresses: readonly string[]): Leak[] {
  return addresses
    .filter((address) => !/^\/(?:ip4|ip6|dns|dns4|dns6)\/[^/]+\/tcp\/\d+$/u.test(address))
    .map((address) => ({ setting: "Addresses.Swarm", why: `it listens on ${address}, which no private swarm can` }));
}
