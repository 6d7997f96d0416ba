import { Fault, fault, isFault } from "../model/fault.ts";
import type { Digest, MemberId, StudyId } from "../model/ids.ts";
import { cidOfRoot } from "../dag/block.ts";
import type { HospitalContext } from "./context.ts";
import { fetchTree } from "./fetch-tree.ts";
import { forgetForeignTree } from "./forget-blocks.ts";
import { missingBlocks } from "./missing-blocks.ts";
import { keptFor, openQuota } from "./replica-quota.ts";

export type ReplicaInput = { readonly owner: MemberId; readonly study: StudyId; readonly root: Digest };

/** Roots of one owner that may wait here for their registration: a member cannot use others as storage for what it never shares. */
const unregisteredLimit = 1000;

function demandRight(context: HospitalContext, input: ReplicaInput): void {
  const { ledgerIndex, catalogue, self } = context;
  const owner = ledgerIndex.member(input.owner);
  if (owner === null || owner.kind !== "hospital" || owner.status !== "active") throw fault("REPLICA_REFUSED", { why: "its owner is no Active hospital" });
  const study = ledgerIndex.study(input.study);
  if (study !== null) {
    if (study.custodian !== input.owner) throw fault("REPLICA_REFUSED", { why: "the study has another custodian" });
    if (study.status !== "active") throw fault("REPLICA_REFUSED", { why: "the study is withdrawn" });
    return;
  }
  const waiting = catalogue.pins({ owner: input.owner, holder: self.member }).filter((pin) => ledgerIndex.study(pin.study) === null);
  if (waiting.length >= unregisteredLimit) throw fault("REPLICA_REFUSED", { why: "too many roots of its owner are not registered" });
}

/** Fetches the replica within its owner's quota and gives its measured size. What a refusal leaves half-way goes at once. */
async function bring(context: HospitalContext, input: ReplicaInput): Promise<number> {
  const { study, root, owner } = input;
  const quota = await openQuota(context, input);
  try {
    await fetchTree(context, { study, root, sources: [owner], signal: quota.signal, onArrival: (bytes, source) => quota.arrived(bytes, source) });
    return await quota.size();
  } catch (error) {
    if (isFault(error, "REPLICA_QUOTA")) await forgetForeignTree(context, study, root);
    throw error;
  } finally {
    quota.close();
  }
}

/**
 * Fetches and keeps everything below a root for its custodian; resolves when it is durable here. Repeating it is cheap. Throws REPLICA_REFUSED,
 * REPLICA_QUOTA, STORAGE_LOW, STUDY_BLOCKS_MISSING.
 */
export async function keepReplica(context: HospitalContext, input: ReplicaInput): Promise<void> {
  try {
    await keep(context, input);
  } catch (error) {
    if (error instanceof Fault) context.metrics.count("fiducial_replicas_refused_total", { code: error.code });
    throw error;
  }
}

async function keep(context: HospitalContext, input: ReplicaInput): Promise<void> {
  demandRight(context, input);
  const { catalogue, self, log, blocks } = context;
  const { study, root, owner } = input;
  const before = catalogue.pins({ study, holder: self.member });
  const kept = before.some((pin) => pin.root === root);
  if (kept && (await missingBlocks(blocks, cidOfRoot(root))).length === 0) return;
  const bytes = await bring(context, input);
  catalogue.putPin({ study, root, owner, holder: self.member, bytes });
  await keptFor(context, owner);
  log.info("replica kept", { study, owner, bytes });
  for (const pin of before) if (pin.root !== root) await forgetForeignTree(context, study, pin.root);
}

/** Forgets a replica kept for `owner` and the blocks nothing else here needs. Unknown ones are ignored. */
export async function dropReplica(context: HospitalContext, input: ReplicaInput): Promise<void> {
  const { catalogue, self, log } = context;
  const kept = catalogue.pins({ study: input.study, owner: input.owner, holder: self.member }).some((pin) => pin.root === input.root);
  const registered = context.ledgerIndex.study(input.study);
  if (!kept || (registered !== null && registered.custodian !== input.owner)) return;
  catalogue.deletePin(input.study, self.member);
  log.info("replica dropped", { study: input.study, owner: input.owner });
  await forgetForeignTree(context, input.study, input.root);
}
