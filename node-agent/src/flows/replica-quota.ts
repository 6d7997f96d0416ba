import { cidOfRoot } from "../dag/block.ts";
import { fault } from "../model/fault.ts";
import type { Digest, MemberId, StudyId } from "../model/ids.ts";
import type { Catalogue } from "../ports/catalogue.ts";
import type { HospitalContext } from "./context.ts";
import { reachable } from "./forget-blocks.ts";

/** Bytes on their way for a member's replicas, by catalogue: two that are fetched at once share one quota. */
const underWay = new WeakMap<Catalogue, Map<MemberId, number>>();

function change(catalogue: Catalogue, owner: MemberId, bytes: number): void {
  const counts = underWay.get(catalogue) ?? new Map<MemberId, number>();
  underWay.set(catalogue, counts.set(owner, (counts.get(owner) ?? 0) + bytes));
}

/** Bytes of the blocks below a root that are here, each counted once and measured, not taken from a directory's word. */
export async function measuredSize(context: HospitalContext, root: Digest): Promise<number> {
  const below = new Map<string, ReturnType<typeof cidOfRoot>>();
  await reachable(context, cidOfRoot(root), below);
  let bytes = 0;
  for (const cid of below.values()) bytes += (await context.blocks.get(cid))?.length ?? 0;
  return bytes;
}

/** Bytes kept here for a member, without those of one study. Rows of an earlier version, which know no size, are measured and written down. */
export async function keptFor(context: HospitalContext, owner: MemberId, except: StudyId | null = null): Promise<number> {
  const { catalogue, self } = context;
  let bytes = 0;
  for (const pin of catalogue.pins({ owner, holder: self.member })) {
    if (pin.study === except) continue;
    const size = pin.bytes ?? (await measuredSize(context, pin.root));
    if (pin.bytes === undefined) catalogue.putPin({ ...pin, bytes: size });
    bytes += size;
  }
  context.metrics.set("fiducial_replica_bytes", { member: String(owner) }, bytes);
  return bytes;
}

/** What one replica takes of its owner's quota while it is fetched. */
export type QuotaMeter = {
  /** Aborts, with the fault, when the quota is used up. */
  readonly signal: AbortSignal;
  /** Takes note of a block's bytes; `source` null for one that was here before. */
  arrived(bytes: number, source: string | null): void;
  /** The replica's size, measured: as it arrived when all of it did, else block by block. Throws REPLICA_QUOTA. */
  size(): Promise<number>;
  /** To be called in every case. */
  close(): void;
};

/** Begins to count a replica against `settings.mostBytesPerMember`. Throws REPLICA_QUOTA when nothing is left already. */
export async function openQuota(context: HospitalContext, { owner, study, root }: { readonly owner: MemberId; readonly study: StudyId; readonly root: Digest }): Promise<QuotaMeter> {
  const { catalogue, settings } = context;
  const limit = settings.mostBytesPerMember;
  const kept = await keptFor(context, owner, study);
  const stop = new AbortController();
  const refusal = (): Error => fault("REPLICA_QUOTA", { member: owner, kept, limit: limit ?? 0 });
  const used = (): number => kept + (underWay.get(catalogue)?.get(owner) ?? 0);
  if (limit !== null && used() >= limit) throw refusal();
  let arrived = 0;
  let before = false;
  return {
    signal: stop.signal,
    arrived(bytes, source) {
      if (source === null) {
        before = true;
        return;
      }
      arrived += bytes;
      change(catalogue, owner, bytes);
      if (limit !== null && used() > limit) stop.abort(refusal());
    },
    async size() {
      // Whatever was here before, by this member's doing or not, counts as well.
      const size = before || arrived === 0 ? await measuredSize(context, root) : arrived;
      if (limit !== null && kept + size > limit) throw refusal();
      return size;
    },
    close: () => change(catalogue, owner, -arrived),
  };
}
