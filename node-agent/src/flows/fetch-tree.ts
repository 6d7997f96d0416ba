import { cidOfRoot } from "../dag/block.ts";
import { fault } from "../model/fault.ts";
import type { Digest, MemberId, RequestId, StudyId } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";
import type { PullContext } from "./pull/pull-context.ts";
import { missingBlocks } from "./missing-blocks.ts";
import { Pull } from "./pull/pull.ts";
import { memberSource } from "./pull/pull-source.ts";
import { runAhead } from "./pull/run-ahead.ts";

/** The part of a hospital's context that fetching needs. */
export type FetchContext = PullContext & Pick<HospitalContext, "ownSources" | "peers" | "metrics" | "signal">;

export type TreeInput = {
  readonly study: StudyId;
  readonly root: Digest;
  /** Members to ask, best first, beside the private IPFS. */
  readonly sources: readonly MemberId[];
  /** The request under which it is fetched; null for replicas and recovery. */
  readonly access?: RequestId;
  readonly signal?: AbortSignal;
  readonly onArrival?: (bytes: number, source: string | null) => void;
};

/** Opens a pull of blocks below a root, from members' agents and, in reserve, the private IPFS. Close it in every case. */
export function openPull(context: FetchContext, input: Omit<TreeInput, "study" | "root">): Pull {
  const { ownSources, peers, metrics, signal } = context;
  return new Pull(context, {
    sources: [...input.sources.map((member) => memberSource(peers, member, input.access ?? null)), ...ownSources],
    signal: input.signal === undefined ? signal : AbortSignal.any([signal, input.signal]),
    onArrival: (bytes, source) => {
      if (source !== null) metrics.count("fiducial_fetch_bytes_total", {}, bytes);
      input.onArrival?.(bytes, source);
    },
  });
}

/** Brings whatever is still missing below a root, durably; `here` names blocks that were just read. Throws STUDY_BLOCKS_MISSING when no source has a part of it, STORAGE_LOW, BLOCKS_DISK_FULL, DAG_MALFORMED. */
export async function bringRest(context: FetchContext, pull: Pull, study: StudyId, root: Digest, here: ReadonlySet<string> = new Set()): Promise<void> {
  await pull.settled();
  for (;;) {
    const missing = await missingBlocks(context.blocks, cidOfRoot(root), here);
    if (missing.length === 0) return;
    for (const cid of missing) await pull.want(cid, 0, false);
    await pull.settled();
    const { count, cause } = pull.missing();
    if (count > 0) throw fault("STUDY_BLOCKS_MISSING", { study, missing: count }, cause ?? undefined);
  }
}

/**
 * Brings every block below a root here, from the sources that are fastest, and resolves when all of it is durable. Resumable: what arrived stays.
 * Nothing is opened, so it serves replicas and recovery; `fetchStudy` checks contents while they arrive. Throws as `bringRest`.
 */
export async function fetchTree(context: FetchContext, input: TreeInput): Promise<void> {
  if ((await missingBlocks(context.blocks, cidOfRoot(input.root))).length === 0) return;
  const pull = openPull(context, input);
  try {
    await runAhead(pull, [{ cid: cidOfRoot(input.root), size: 0, keep: false }]);
    await bringRest(context, pull, input.study, input.root);
  } finally {
    await pull.close();
  }
}
