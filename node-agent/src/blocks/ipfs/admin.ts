import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { fault } from "../../model/fault.ts";
import type { ClusterTrust, IpfsAdmin, KeptPeer } from "../../ports/ipfs-admin.ts";
import type { Pinning } from "../../ports/pinning.ts";
import { connectKubo } from "./kubo.ts";

const patienceMs = 15_000;
/** For the command, and for the peer to answer after it, ms. */
const restartMs = 120_000;
const run = promisify(execFile);

type Service = { cluster: { peer_addresses?: string[] | null }; consensus: { crdt: { trusted_peers?: string[] | null } } };

/** Reads the cluster peer's service.json; throws IPFS_FILE_UNUSABLE. */
async function readService(file: string): Promise<Service> {
  try {
    const service = JSON.parse(await readFile(file, "utf8")) as Service;
    if (typeof service.cluster !== "object" || typeof service.consensus.crdt !== "object") throw new Error("it has no cluster or no crdt section");
    return service;
  } catch (error) {
    throw fault("IPFS_FILE_UNUSABLE", { file, why: error instanceof Error && "code" in error ? String(error.code) : "it is no service.json" }, error);
  }
}

/** The administration of the Kubo behind `kuboUrl`, and of the cluster configuration in `serviceFile` where that is given. */
export function openIpfsAdmin(options: {
  readonly kuboUrl: string;
  readonly serviceFile: string | null;
  readonly signal: AbortSignal;
  /** Program and arguments that start the cluster peer again. */
  readonly restart?: readonly string[] | null;
  /** Where the cluster peer is asked whether it answers. */
  readonly pinning?: Pick<Pinning, "identity">;
}): IpfsAdmin & { close(): Promise<void> } {
  const kubo = connectKubo(options.kuboUrl);
  const { serviceFile } = options;
  const soon = (): AbortSignal => AbortSignal.any([options.signal, AbortSignal.timeout(patienceMs)]);
  const kept = async (): Promise<KeptPeer[]> => {
    const { Peering } = await kubo.json<{ Peering?: { Peers?: { ID: string; Addrs: string[] | null }[] | null } }>("config/show", {}, soon());
    return (Peering?.Peers ?? []).map(({ ID, Addrs }) => ({ peer: ID, addresses: Addrs ?? [] }));
  };
  const write = async (peers: readonly KeptPeer[]): Promise<void> => {
    const list = JSON.stringify(peers.map(({ peer, addresses }) => ({ ID: peer, Addrs: addresses })));
    await kubo.command("config", [["arg", "Peering.Peers"], ["arg", list], ["json", "true"]], soon());
  };
  const command = options.restart ?? null;
  const restart = async (signal: AbortSignal): Promise<void> => {
    const [program = "", ...args] = command ?? [];
    const stop = AbortSignal.any([signal, AbortSignal.timeout(restartMs)]);
    try {
      await run(program, args, { signal: stop, maxBuffer: 1 << 20 });
      while (options.pinning !== undefined && (await options.pinning.identity(stop).catch(() => null)) === null) await sleep(500, undefined, { signal: stop });
    } catch (error) {
      signal.throwIfAborted();
      const why = stop.aborted ? "it did not answer in time" : error instanceof Error && "code" in error ? `the command ended with ${String(error.code)}` : "the command could not be run";
      throw fault("IPFS_RESTART_FAILED", { command: program, why }, error);
    }
  };
  const loadedFile = `${serviceFile ?? ""}.loaded`;
  return {
    restart: command === null ? null : restart,
    loaded: async () => (serviceFile === null ? null : await readFile(loadedFile, "utf8").catch(() => null)),
    async writeLoaded(digest) {
      if (serviceFile === null) return;
      await writeFile(`${loadedFile}.new`, digest, { mode: 0o600 });
      await rename(`${loadedFile}.new`, loadedFile);
    },
    self: async () => (await kubo.json<{ ID: string }>("id", {}, soon())).ID,
    kept,
    async keep(peer) {
      await write([...(await kept()).filter((one) => one.peer !== peer.peer), peer]);
      for (const address of peer.addresses) await kubo.command("swarm/peering/add", [["arg", `${address}/p2p/${peer.peer}`]], soon());
    },
    async dismiss(peer) {
      await write((await kept()).filter((one) => one.peer !== peer));
      await kubo.command("swarm/peering/rm", [["arg", peer]], soon());
      // Ending a connection that is not there is refused; either way it is not there.
      await kubo.command("swarm/disconnect", [["arg", `/p2p/${peer}`]], soon()).catch(() => undefined);
    },
    async connected() {
      const { Peers } = await kubo.json<{ Peers: { Peer: string }[] | null }>("swarm/peers", {}, soon());
      return (Peers ?? []).map(({ Peer }) => Peer);
    },
    async trust(): Promise<ClusterTrust | null> {
      if (serviceFile === null) return null;
      const { cluster, consensus } = await readService(serviceFile);
      return { trusted: consensus.crdt.trusted_peers ?? [], addresses: cluster.peer_addresses ?? [] };
    },
    async writeTrust({ trusted, addresses }) {
      if (serviceFile === null) return;
      const service = await readService(serviceFile);
      service.consensus.crdt.trusted_peers = [...trusted];
      service.cluster.peer_addresses = [...addresses];
      const part = `${serviceFile}.${randomBytes(6).toString("hex")}`;
      try {
        // It holds the cluster's secret: whoever could read the old one can read the new one, and nobody else.
        await writeFile(part, `${JSON.stringify(service, null, 2)}\n`, { mode: (await stat(serviceFile)).mode & 0o777 });
        await rename(part, serviceFile);
      } catch (error) {
        throw fault("IPFS_FILE_UNUSABLE", { file: serviceFile, why: error instanceof Error && "code" in error ? String(error.code) : "unknown" }, error);
      }
    },
    close: () => kubo.close(),
  };
}
