import { digestOfCid } from "../dag/block.ts";
import { Fault } from "../model/fault.ts";
import type { Digest, MemberId, StudyId } from "../model/ids.ts";
import { clusterPeers } from "./cluster-peers.ts";
import type { ClusterStore, HospitalContext } from "./context.ts";
import { thinStudies } from "./thin-studies.ts";
import { spareFolder } from "./spare-folder.ts";
import { releaseUnwanted, type Unwanted } from "./tend-kubo.ts";

const everyMs = 10_000;
/** Whether Kubo is still private, and who is connected, costs a few requests. */
const verifyEveryMs = 30_000;
/** Looking through everything Kubo keeps costs a request for some roots. */
const sweepEveryMs = 600_000;
const firstSweepMs = 60_000;
/** What a peer fails at is tried again after this time, by the peer that has it on its list; the cluster itself waits longer. */
const failedForMs = 20_000;
const recoveriesAtOnce = 50;

/** What lasts from look to look in one life of the agent. */
type Memory = { verifiedAt: number; sweptAt: number; countAt: number; readonly unwanted: Unwanted; readonly unable: Map<MemberId, number> };

/** Counting the copies of all studies reads a row for each: it takes this part of the time at most, and is done this often at most, ms. */
const countShare = 50;
const countEveryMs = 30_000;

/** Looks in a row without a sign of a member's Kubo, from which it counts as gone. */
const goneAfterLooks = 2;

/** Who is connected to the cluster and belongs to no Active hospital: it holds the secret, can read the list, and changes nothing. */
function strangersAmong(context: HospitalContext, connected: readonly string[], own: string): string[] {
  const owners = clusterPeers(context);
  return connected.filter((peer) => peer !== own && !owners.has(peer));
}

/** Own studies by the root they have now. */
function ownRoots(context: HospitalContext): Map<Digest, StudyId> {
  const roots = new Map<Digest, StudyId>();
  for (const { root, study } of context.catalogue.studies({ states: ["registered"], role: "custodian" })) if (root !== null) roots.set(root, study);
  return roots;
}

/**
 * Members whose cluster peer may live while its Kubo does not (or is full): nobody else notices, and the cluster places nothing anew. Once, when it has lasted, our
 * studies with a copy there are looked at before their turn.
 */
async function lookAtMembers(context: HospitalContext, { pinning, watch }: ClusterStore, memory: Memory): Promise<void> {
  const { catalogue, self, signal, wake, log } = context;
  const owners = clusterPeers(context);
  const able = new Set((await pinning.able(signal)).map((peer) => owners.get(peer)));
  for (const member of new Set(owners.values())) {
    if (able.has(member) || member === self.member) {
      memory.unable.delete(member);
      continue;
    }
    const looks = (memory.unable.get(member) ?? 0) + 1;
    memory.unable.set(member, looks);
    if (looks !== goneAfterLooks) continue;
    const pins = catalogue.pins({ owner: self.member, holder: member });
    for (const { study } of pins) watch.suspect(study);
    log.warn("a member's Kubo gives no sign or has no room: our studies with a copy there are looked at", { member, studies: pins.length });
    wake.ring();
  }
  watch.seen({ silent: [...memory.unable].filter(([, looks]) => looks >= goneAfterLooks).map(([member]) => member) });
}

/** Which own studies have too few copies, now and then. */
function countCopies(context: HospitalContext, { watch }: ClusterStore, memory: Memory): void {
  const begun = context.clock.now();
  if (begun < memory.countAt) return;
  const thin = thinStudies(context, new Set(watch.view().silent));
  watch.seen({ thin });
  context.metrics.set("fiducial_under_replicated_studies", {}, thin.length);
  const ended = context.clock.now();
  memory.countAt = ended + Math.max(countEveryMs, countShare * (ended - begun));
}

/** Looks at every root a peer has trouble with: ours are placed anew at once, what our own Kubo failed at is tried again. */
async function lookAtPins(context: HospitalContext, { pinning, watch }: ClusterStore, own: string): Promise<void> {
  const { clock, metrics, signal, wake, log } = context;
  const now = clock.now();
  let underWay = 0;
  let failed = 0;
  let oldestMs = 0;
  let again = 0;
  let roots: Map<Digest, StudyId> | null = null;
  for (const { root, peers } of await pinning.troubled(signal)) {
    const late = peers.filter(({ state }) => state === "under way");
    const broken = peers.filter(({ state }) => state === "failed");
    if (late.length > 0) underWay++;
    if (broken.length > 0) failed++;
    for (const { since } of [...late, ...broken]) if (since > 0) oldestMs = Math.max(oldestMs, now - since);
    if (broken.length === 0) continue;
    roots ??= ownRoots(context);
    const study = roots.get(digestOfCid(root));
    if (study !== undefined) {
      watch.suspect(study);
      wake.ring();
    }
    if (again < recoveriesAtOnce && broken.some(({ peer, since }) => peer === own && now - since > failedForMs)) {
      again++;
      await pinning.recover(root, signal);
    }
  }
  if (again > 0) {
    metrics.count("fiducial_cluster_recoveries_total", {}, again);
    log.info("our Kubo tries again what it failed at", { roots: again });
  }
  watch.seen({ underWay, failed, oldestMs });
  metrics.set("fiducial_cluster_pins", { state: "under_way" }, underWay);
  metrics.set("fiducial_cluster_pins", { state: "failed" }, failed);
  metrics.set("fiducial_cluster_oldest_pin_seconds", {}, oldestMs / 1000);
}

async function look(context: HospitalContext, cluster: ClusterStore, memory: Memory): Promise<void> {
  const { clock, metrics, signal, log } = context;
  const { pinning, watch } = cluster;
  if (clock.now() - memory.verifiedAt >= verifyEveryMs) {
    await pinning.verify(signal);
    memory.verifiedAt = clock.now();
  }
  const { cluster: own, clusterPeers: connected } = await pinning.identity(signal);
  const strangers = strangersAmong(context, connected, own);
  if (strangers.some((peer) => !watch.view().strangers.includes(peer))) log.warn("cluster peers that no active member has registered are connected", { peers: strangers.length });
  const registered = [...clusterPeers(context).keys()].filter((peer) => peer !== own);
  watch.seen({ strangers, registered: registered.length, connected: registered.filter((peer) => connected.includes(peer)).length });
  metrics.set("fiducial_cluster_strangers", {}, strangers.length);
  await lookAtMembers(context, cluster, memory);
  await lookAtPins(context, cluster, own);
  countCopies(context, cluster, memory);
  watch.seen({ lookedAt: clock.now() });
  metrics.set("fiducial_ipfs_up", {}, 1);
  if (clock.now() - memory.sweptAt < sweepEveryMs) return;
  memory.sweptAt = clock.now();
  const released = await releaseUnwanted(context, cluster, memory.unwanted);
  if (released > 0 || pinning.loose() > 0) await pinning.collect(signal);
  await spareFolder(context, cluster);
}

/**
 * Watches over this institution's IPFS until the signal aborts: whether both daemons answer and are private, what peers are late with or failed at
 * (a dead Kubo beside a living cluster peer is noticed by nobody else), who is connected, what Kubo keeps without need. Never throws.
 */
export async function tendCluster(context: HospitalContext, cluster: ClusterStore, signal: AbortSignal): Promise<void> {
  const { clock, log, metrics } = context;
  const memory: Memory = { verifiedAt: Number.NEGATIVE_INFINITY, countAt: Number.NEGATIVE_INFINITY, sweptAt: clock.now() - sweepEveryMs + firstSweepMs, unwanted: new Map(), unable: new Map() };
  while (!signal.aborted) {
    const begun = clock.now();
    try {
      await look(context, cluster, memory);
    } catch (error) {
      if (signal.aborted) return;
      const before = cluster.watch.view().error;
      if (error instanceof Fault) cluster.watch.failed(error);
      memory.verifiedAt = Number.NEGATIVE_INFINITY;
      metrics.set("fiducial_ipfs_up", {}, 0);
      if (before === null && cluster.watch.view().error !== null) log.error("this institution's IPFS cannot be used", {}, error);
      else if (!(error instanceof Fault)) log.error("looking at this institution's IPFS failed", {}, error);
    }
    // A long list takes long to look through: most of the time goes to other work, whatever its length.
    await clock.sleep(Math.max(everyMs, 5 * (clock.now() - begun)), signal).catch(() => undefined);
  }
}
