import { cidOfRoot } from "../dag/block.ts";
import { fault, isFault } from "../model/fault.ts";
import type { Digest, MemberId, StudyId } from "../model/ids.ts";
import type { PeerPin } from "../ports/pinning.ts";
import { clusterPeers } from "./cluster-peers.ts";
import type { ClusterStore, HospitalContext } from "./context.ts";
import { serveTree } from "./serve-blocks.ts";

/** For one attempt: a large study on a slow line is fetched by others in their own time, and looked at again in the next. */
const patienceMs = 600_000;
/** A new pin is written down in batches: for so long an empty answer means nothing. */
const listedMs = 10_000;
/** What peers get to try again before the attempt is given up, ms. */
const recoveryMs = 15_000;
const firstPauseMs = 50;
const longestPauseMs = 1000;

/** Institutions that say they keep the root, ourselves among them when our own Kubo does. */
function institutions(context: HospitalContext, peers: readonly PeerPin[]): Set<MemberId> {
  const owners = clusterPeers(context);
  // Our own Kubo was asked itself: whatever a peer says under our name does not count.
  const found = new Set<MemberId>([context.self.member]);
  for (const { peer, state } of peers) {
    const owner = owners.get(peer);
    if (state === "pinned" && owner !== undefined) found.add(owner);
  }
  return found;
}

/** The catalogue's note of who keeps the root beside us: where a lost block is asked for. */
function note(context: HospitalContext, study: StudyId, root: Digest, holders: ReadonlySet<MemberId>): void {
  const { catalogue, self } = context;
  for (const pin of catalogue.pins({ study, owner: self.member })) if (pin.root === root && !holders.has(pin.holder)) catalogue.deletePin(study, pin.holder);
  for (const holder of holders) if (holder !== self.member) catalogue.putPin({ study, root, owner: self.member, holder });
}

/** How many institutions must keep each study: what is configured, as far as there are so many Active hospitals. */
export function wantedInstitutions(context: HospitalContext): number {
  const hospitals = context.ledgerIndex.members().filter(({ kind, status }) => kind === "hospital" && status === "active").length;
  return Math.min(context.settings.replicas, Math.max(1, hospitals));
}

/** The tree into our own Kubo, in one stream; nothing to do when it is kept there. */
export async function importStudy(context: HospitalContext, { pinning }: ClusterStore, root: Digest, signal: AbortSignal): Promise<void> {
  const cid = cidOfRoot(root);
  if (!(await pinning.holds(cid, signal))) await pinning.importTree(cid, serveTree(context, cid), signal);
}

/** Writes the root down in the cluster. Throws REPLICAS_UNREACHABLE when it finds too few peers that could take it. */
export async function askForCopies(context: HospitalContext, { pinning, mostReplicas }: ClusterStore, root: Digest, signal: AbortSignal): Promise<void> {
  const wanted = wantedInstitutions(context);
  try {
    await pinning.pin(cidOfRoot(root), { min: wanted, max: Math.max(wanted, mostReplicas) }, signal);
  } catch (error) {
    if (isFault(error, "IPFS_REFUSED") && error.details.status === 500) throw fault("REPLICAS_UNREACHABLE", { have: 1, want: wanted }, error);
    throw error;
  }
}

/**
 * Places a root in the institution's own Kubo and, by the cluster, at others, and resolves only when `settings.replicas` distinct institutions
 * say that they keep it, our own Kubo among them. That a pin was accepted, or that one peer has it, counts for nothing. Peers that
 * gave up are told to try again once. Repeating it is cheap, replaces peers that are gone, and loads nothing twice. Resolves with the other holders.
 * Throws REPLICAS_UNREACHABLE while there are too few (called again later), IPFS_UNREACHABLE, IPFS_NOT_PRIVATE, IPFS_REFUSED.
 */
export async function placeInCluster(context: HospitalContext, cluster: ClusterStore, study: StudyId, root: Digest): Promise<MemberId[]> {
  const { clock, log, metrics, self } = context;
  const { pinning } = cluster;
  const cid = cidOfRoot(root);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(3 * patienceMs)]);
  await importStudy(context, cluster, root, signal);
  const wanted = wantedInstitutions(context);
  await askForCopies(context, cluster, root, signal);
  const begun = clock.now();
  let recoveredAt: number | null = null;
  for (let pause = firstPauseMs; ; pause = Math.min(longestPauseMs, pause * 1.5)) {
    const peers = await pinning.status(cid, signal);
    const holders = institutions(context, peers);
    if (holders.size >= wanted && (await pinning.holds(cid, signal))) {
      note(context, study, root, holders);
      const others = [...holders].filter((member) => member !== self.member);
      log.info("copies in place", { study, institutions: holders.size });
      return others;
    }
    const waited = clock.now() - begun;
    const hopeful = peers.some(({ state }) => state === "under way") || (peers.length === 0 && waited < listedMs);
    if (waited > patienceMs || (!hopeful && recoveredAt !== null && clock.now() - recoveredAt > recoveryMs)) throw fault("REPLICAS_UNREACHABLE", { have: holders.size, want: wanted });
    if (!hopeful && recoveredAt === null) {
      recoveredAt = clock.now();
      metrics.count("fiducial_cluster_recoveries_total", {});
      log.warn("peers are told to try a copy again", { study, institutions: holders.size, wanted });
      await pinning.recover(cid, signal).catch((error: unknown) => log.warn("peers cannot be told", { study }, error));
    }
    await clock.sleep(pause, signal);
  }
}
