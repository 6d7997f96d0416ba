const hexKey = /^[0-9a-f]{64}$/u;

/** Text of Kubo's `swarm.key` file (libp2p's pre-shared key, version 1) for a key of 64 hex digits. Without this file beside its configuration a Kubo joins the public network. */
export function swarmKeyFile(key: string): string {
  if (!hexKey.test(key)) throw new RangeError("a swarm key has 64 lower-case hex digits");
  return `/key/swarm/psk/1.0.0/\n/base16/\n${key}\n`;
}

/** What must be in the environment of every Kubo: it then refuses to start without its swarm key, and reports nothing to anybody. */
export const kuboEnvironment = { LIBP2P_FORCE_PNET: "1", IPFS_TELEMETRY: "off" } as const;
