import { createHash } from "node:crypto";
import type { Clock } from "../ports/clock.ts";
import type { ClusterTrust, IpfsAdmin } from "../ports/ipfs-admin.ts";
import type { Pinning } from "../ports/pinning.ts";

/** Whose turn it is to restart changes this often, ms: longer than a cluster peer takes to be back (a second or two). */
const turnMs = 60_000;
/** A peer that has been away for so long holds nobody else's restart up any more, ms. */
const patienceMs = 3_600_000;

export type RestartParts = {
  readonly admin: IpfsAdmin;
  readonly clock: Clock;
  /** Where it is asked which cluster peers give a sign of life. */
  readonly pinning: Pick<Pinning, "identity">;
};

export type Restarts = {
  /** To be called before the file changes: what is in it now is what the running peer has read, unless something else is written down. */
  noteBefore(now: ClusterTrust): Promise<void>;
  /** Starts the cluster peer again where its file has changed since it read it, and its turn has come. Gives what was done, or what is waited for; both empty where nothing is to do. */
  follow(now: ClusterTrust, signal: AbortSignal): Promise<{ readonly done: readonly string[]; readonly notes: readonly string[] }>;
};

const digestOf = ({ trusted, addresses }: ClusterTrust): string => createHash("sha256").update(JSON.stringify([[...trusted].sort(), [...addresses].sort()])).digest("hex");
const peerOf = (address: string): string => address.split("/p2p/").at(-1) ?? "";

/** Every agent computes the same turns from the same list, so that no two restart their peers in one turn while the registry is the same to them. */
export function isTurn(own: string, others: readonly string[], nowMs: number): boolean {
  const all = [...new Set([own, ...others])].sort();
  return all[Math.floor(nowMs / turnMs) % all.length] === own;
}

/**
 * A running cluster peer cannot be told whom to trust: it reads its file at its start. This starts it again, with the command of the configuration, in our turn and only while
 * every other trusted peer that was there lately is there, so that no two are away at once and copies keep being placed. Without a command it says what a person must do.
 */
export function followRestarts({ admin, clock, pinning }: RestartParts): Restarts {
  /** When each peer was seen last, ms; those never seen are newcomers, who wait for us rather than we for them. */
  const seen = new Map<string, number>();
  /** The turn in which it was tried: once in each. */
  let triedIn = -1;
  return {
    async noteBefore(now) {
      if ((await admin.loaded()) === null) await admin.writeLoaded(digestOf(now));
    },
    async follow(now, signal) {
      const digest = digestOf(now);
      const loaded = await admin.loaded();
      if (loaded === null) {
        // The first look: whoever set the file up has started the peer with it.
        await admin.writeLoaded(digest);
        return { done: [], notes: [] };
      }
      if (loaded === digest) return { done: [], notes: [] };
      if (admin.restart === null)
        return {
          done: [],
          notes: [
            "the cluster peer's configuration has changed since it was started: start the cluster peer again for it to take effect, when every other institution's cluster peer is connected (`fiducial status`) and nobody else is restarting theirs; then remove the file service.json.loaded beside it. With storage.cluster.restart the agent does this itself",
          ],
        };
      const { cluster: own, clusterPeers: peers } = await pinning.identity(signal);
      for (const peer of peers) seen.set(peer, clock.now());
      const others = now.addresses.map(peerOf).filter((peer) => now.trusted.includes(peer) && peer !== own);
      const away = others.filter((peer) => !peers.includes(peer) && seen.has(peer) && clock.now() - (seen.get(peer) ?? 0) < patienceMs);
      if (away.length > 0) return { done: [], notes: [`the cluster peer is to be started again for its new configuration, and waits until ${away.join(", ")} is back: two must not be away at once`] };
      if (!isTurn(own, others, clock.now())) return { done: [], notes: ["the cluster peer is started again for its new configuration as soon as its turn among the members comes, within some minutes"] };
      const turn = Math.floor(clock.now() / turnMs);
      if (turn === triedIn) return { done: [], notes: ["the cluster peer is started again in our next turn: it was tried in this one"] };
      triedIn = turn;
      await admin.restart(signal);
      await admin.writeLoaded(digest);
      return { done: ["the cluster peer was started again and has read its new configuration"], notes: [] };
    },
  };
}
