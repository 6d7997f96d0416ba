import { cidOfRoot, digestOfCid } from "../dag/block.ts";
import { type Digest, digest } from "../model/ids.ts";
import { clusterPeers } from "./cluster-peers.ts";
import type { ClusterStore, HospitalContext } from "./context.ts";
import { wantedInstitutions } from "./place-in-cluster.ts";

/** How long a root may be on no list and on no chain before it goes: its custodian may be about to register it, ms. */
const graceMs = 3_600_000;

/** Roots that something in this agent stands on, whatever anybody else says: own studies and copies, what is being shared or fetched. */
function needsHere(context: HospitalContext): Set<Digest> {
  const needed = new Set<Digest>();
  for (const { root, state } of context.catalogue.studies()) if (root !== null && state !== "dropped") needed.add(root);
  for (const { input } of context.journal.unfinished()) {
    const root = (input as { readonly root?: unknown } | null)?.root;
    if (typeof root === "string") needed.add(digest(root));
  }
  return needed;
}

/** Roots that the chain names: of studies that stand, and of those that their custodian has withdrawn. */
function namedByTheChain(context: HospitalContext): { readonly standing: Set<Digest>; readonly withdrawn: Set<Digest> } {
  const standing = new Set<Digest>();
  const withdrawn = new Set<Digest>();
  for (const { id } of context.ledgerIndex.members())
    for (const { root, status } of context.ledgerIndex.studies({ custodian: id })) (status === "active" ? standing : withdrawn).add(root);
  return { standing, withdrawn };
}

/** Whether enough others keep the root and nobody counts on us for it: what a copy becomes when the cluster has moved it. */
async function surplus(context: HospitalContext, { pinning }: ClusterStore, root: Digest, own: string): Promise<boolean> {
  const { signal, self } = context;
  const peers = await pinning.status(cidOfRoot(root), signal);
  if (peers.length === 0 || peers.some(({ peer, state }) => peer === own && state !== "elsewhere")) return false;
  const owners = clusterPeers(context);
  const others = new Set(peers.filter(({ state }) => state === "pinned").map(({ peer }) => owners.get(peer)));
  others.delete(undefined);
  others.delete(self.member);
  return others.size >= wantedInstitutions(context);
}

/** Since when a root has been wanted by nobody, ms, in this life of the agent. */
export type Unwanted = Map<Digest, number>;

/**
 * Has our Kubo give up the roots that nobody needs any more. What it keeps for others is given up on their custodian's decision on the chain (a new
 * version, a withdrawal) and on nothing else: a root that the chain names stays although somebody took it off the cluster's list. That of a withdrawn study goes at
 * once. A root the chain has never named, or names no more, stays while the list has it and for an hour after. Nothing goes while the chain is not read to its end. Returns
 * how many went; their blocks go with the next collection.
 */
export async function releaseUnwanted(context: HospitalContext, cluster: ClusterStore, unwanted: Unwanted): Promise<number> {
  const { signal, clock, log, metrics, watch } = context;
  const { pinning } = cluster;
  if (watch.unfit() !== null) return 0;
  const own = (await pinning.identity(signal)).cluster;
  const here = needsHere(context);
  const named = namedByTheChain(context);
  const seen = new Set<Digest>();
  let kept = 0;
  let released = 0;
  for await (const cid of pinning.kept(signal)) {
    kept++;
    const root = digestOfCid(cid);
    seen.add(root);
    if (here.has(root)) continue;
    if (named.standing.has(root)) {
      if (!(await surplus(context, cluster, root, own))) continue;
    } else if (!named.withdrawn.has(root)) {
      if ((await pinning.allocations(cid, signal)) !== null) {
        unwanted.delete(root);
        continue;
      }
      const since = unwanted.get(root) ?? clock.now();
      unwanted.set(root, since);
      if (clock.now() - since < graceMs) continue;
    }
    await pinning.release(cid, signal);
    unwanted.delete(root);
    released++;
  }
  for (const root of unwanted.keys()) if (!seen.has(root)) unwanted.delete(root);
  cluster.watch.seen({ keptRoots: kept - released });
  metrics.set("fiducial_kubo_roots", {}, kept - released);
  if (released > 0) {
    metrics.count("fiducial_kubo_roots_released_total", {}, released);
    log.info("roots that nobody needs are given up", { roots: released, kept: kept - released });
  }
  return released;
}
