import type { PeerIdentity } from "./peer-identity.ts";

export type ClusterInput = {
  /** Name of this peer in lists and logs; every other member sees it. */
  readonly peerName: string;
  /** Name of the cluster, the same at every member. */
  readonly clusterName: string;
  /** 64 hex digits, the same at every member: without it nobody can connect. Whoever holds it can read the list of pins and peers. */
  readonly secret: string;
  /** Multiaddrs of the cluster's own swarm; TCP only. */
  readonly listen: readonly string[];
  readonly announce?: readonly string[];
  /** Multiaddrs, ending in `/p2p/PEER-ID`, of the other members' cluster peers. */
  readonly peers: readonly string[];
  /** Peer ids whose pins and unpins this peer carries out: Active hospitals of the registry and nobody else. Its own need not be among them. */
  readonly trusted: readonly string[];
  /** Multiaddr of the REST API, and who may use it; loopback, or a network that only this member's containers share. */
  readonly rest: { readonly listen: string; readonly user: string; readonly password: string };
  /** Multiaddr of this member's Kubo RPC. No other cluster peer may use the same Kubo: they would remove one another's pins. */
  readonly kuboRpc: string;
  /** What replicas are spread over: the member's number. */
  readonly institution: string;
  /** Copies below which a pin is placed anew, and copies made when it is placed. */
  readonly replication: { readonly min: number; readonly max: number };
  /** Seconds between two signs of life; a peer silent for about twice as long counts as gone. 2 unless given. */
  readonly pingSeconds?: number;
};

/** `identity.json` of a cluster peer; secret. */
export const clusterIdentity = ({ peerId, privateKey }: PeerIdentity) => ({ id: peerId, private_key: privateKey });

/**
 * The whole `service.json` of a member's IPFS Cluster 1.1 peer: CRDT consensus that believes named peers only, replication over
 * institutions, placing anew when one goes, a REST API with basic authentication and nothing else (no proxy, no pinning service), no mDNS, no relay. An unpin in the
 * pinset never reaches Kubo (`unpin_disable`): what a member keeps is given up by its own agent, which reads the custodian's decision from the chain; so
 * no peer, trusted or not, can make others drop an image. Memory is bounded: the defaults would take about 1 GiB.
 */
export function clusterConfig(input: ClusterInput): Record<string, unknown> {
  const seconds = (count: number): string => `${count}s`;
  const ping = input.pingSeconds ?? 2;
  return {
    cluster: {
      peername: input.peerName,
      secret: input.secret,
      leave_on_shutdown: false,
      listen_multiaddress: [...input.listen],
      announce_multiaddress: [...(input.announce ?? [])],
      enable_relay_hop: false,
      connection_manager: { high_water: 400, low_water: 100, grace_period: "2m0s" },
      dial_peer_timeout: "3s",
      state_sync_interval: "1m0s",
      pin_recover_interval: "1m0s",
      replication_factor_min: input.replication.min,
      replication_factor_max: input.replication.max,
      monitor_ping_interval: seconds(ping),
      peer_watch_interval: "5s",
      mdns_interval: "0s",
      pin_only_on_trusted_peers: true,
      disable_repinning: false,
      peer_addresses: [...input.peers],
    },
    consensus: {
      crdt: { cluster_name: input.clusterName, trusted_peers: [...input.trusted], batching: { max_batch_size: 100, max_batch_age: "300ms" }, repair_interval: "1h0m0s" },
    },
    api: {
      restapi: {
        http_listen_multiaddress: input.rest.listen,
        read_timeout: "0s",
        read_header_timeout: "5s",
        write_timeout: "0s",
        idle_timeout: "2m0s",
        basic_auth_credentials: { [input.rest.user]: input.rest.password },
        headers: {},
        cors_allowed_origins: [],
        cors_allowed_methods: ["GET"],
        cors_allowed_headers: [],
        cors_exposed_headers: [],
        cors_allow_credentials: false,
        cors_max_age: "0s",
      },
    },
    ipfs_connector: {
      ipfshttp: { node_multiaddress: input.kuboRpc, connect_swarms_delay: "30s", ipfs_request_timeout: "5m0s", pin_timeout: "2m0s", unpin_timeout: "1h0m0s", unpin_disable: true, repogc_timeout: "24h0m0s" },
    },
    pin_tracker: { stateless: { concurrent_pins: 10, priority_pin_max_age: "24h0m0s", priority_pin_max_retries: 5 } },
    monitor: { pubsubmon: { check_interval: seconds(ping) } },
    allocator: { balanced: { allocate_by: ["tag:institution", "freespace"] } },
    informer: {
      disk: { metric_ttl: seconds(ping * 5), metric_type: "freespace" },
      tags: { metric_ttl: seconds(ping * 5), tags: { institution: input.institution } },
    },
    datastore: { pebble: { pebble_options: { cache_size_bytes: 16 << 20, mem_table_size: 4 << 20 } } },
  };
}
