import type { PeerIdentity } from "./peer-identity.ts";

/** Another member's Kubo: its peer id and where it listens, as multiaddrs without `/p2p`. */
export type IpfsPeer = { readonly peerId: string; readonly addresses: readonly string[] };

export type KuboInput = {
  readonly identity: PeerIdentity;
  /** Multiaddrs; TCP only, a private swarm knows no other transport. */
  readonly swarm: readonly string[];
  /** Addresses told to others instead of those found on the machine; none to tell the found ones. */
  readonly announce?: readonly string[];
  /** Multiaddr of the RPC, which administers the node: loopback, or a network that only this member's containers share. */
  readonly rpc: string;
  /** The other members' Kubos, from the registry. The node keeps a connection to each and finds blocks by asking them. */
  readonly peers: readonly IpfsPeer[];
  /** Size from which Kubo calls its disk full, such as "500GB". It is a mark for reports and for the cluster's placing, not a wall. */
  readonly storageMax: string;
  /** Shard function of the block folder; "next-to-last/3" from a few million blocks on. Fixed when the repository is made. */
  readonly shards?: "next-to-last/2" | "next-to-last/3";
};

/** The repository's stores: one file per block, and a small database for pins. */
const datastoreSpec = (shards: string) => ({
  mounts: [
    { mountpoint: "/blocks", path: "blocks", prefix: "flatfs.datastore", shardFunc: `/repo/flatfs/shard/v1/${shards}`, sync: false, type: "flatfs" },
    { compression: "none", mountpoint: "/", path: "datastore", prefix: "leveldb.datastore", type: "levelds" },
  ],
  type: "mount",
});

/**
 * The whole configuration of a member's Kubo 0.43, as `ipfs init FILE` takes it and as its `config` file is written: a private swarm over
 * TCP between peers that are named here, no bootstrap, no DHT or other routing, no mDNS, relays, hole punching or port mapping, nothing provided or fetched over
 * HTTP, no telemetry, no AutoConf, no gateway. Imports make the same DAGs as the agent (CIDv1, raw leaves, 1 MiB, 1024 links).
 * To be run with `kuboEnvironment` and a swarm key. The agent checks the running node against the same rules (node-agent/src/blocks/ipfs/privacy.ts).
 */
export function kuboConfig(input: KuboInput): Record<string, unknown> {
  return {
    Identity: { PeerID: input.identity.peerId, PrivKey: input.identity.privateKey },
    Datastore: {
      StorageMax: input.storageMax,
      StorageGCWatermark: 90,
      GCPeriod: "1h",
      Spec: datastoreSpec(input.shards ?? "next-to-last/2"),
      HashOnRead: false,
      BloomFilterSize: 0,
    },
    Addresses: { Swarm: [...input.swarm], Announce: [...(input.announce ?? [])], AppendAnnounce: [], NoAnnounce: [], API: input.rpc, Gateway: [] },
    Peering: { Peers: input.peers.map(({ peerId, addresses }) => ({ ID: peerId, Addrs: [...addresses] })) },
    Bootstrap: [],
    AutoConf: { Enabled: false },
    AutoTLS: { Enabled: false },
    AutoNAT: { ServiceMode: "disabled" },
    Discovery: { MDNS: { Enabled: false } },
    DNS: { Resolvers: {} },
    Routing: { Type: "none", DelegatedRouters: [] },
    Ipns: { DelegatedPublishers: [] },
    Provide: { Enabled: false },
    HTTPRetrieval: { Enabled: false },
    Gateway: { NoFetch: true, NoDNSLink: true, DeserializedResponses: false, ExposeRoutingAPI: false },
    Swarm: {
      DisableNatPortMap: true,
      EnableHolePunching: false,
      RelayClient: { Enabled: false },
      RelayService: { Enabled: false },
      Transports: { Network: { TCP: true, QUIC: false, Websocket: false, WebTransport: false, WebRTCDirect: false, Relay: false } },
    },
    Plugins: { Plugins: { telemetry: { Disabled: true } } },
    Version: { SwarmCheckEnabled: false },
    Import: { CidVersion: 1, UnixFSRawLeaves: true, UnixFSChunker: "size-1048576", UnixFSFileMaxLinks: 1024 },
    Internal: { ShutdownTimeout: "15s" },
  };
}
