import type { CID } from "multiformats/cid";
import { cidOfRoot, parseCid } from "../dag/block.ts";
import { type Digest, digest, type StudyId } from "../model/ids.ts";
import { erasedReason } from "../model/withdrawal.ts";
import type { Receipt } from "../ports/ledger.ts";
import type { HospitalContext } from "./context.ts";
import { forgetBelow, reachable } from "./forget-blocks.ts";
import { retireReplicas } from "./retire-replicas.ts";
import { ownStudy } from "./seal-study.ts";
import { withdrawStudy } from "./withdraw-study.ts";

type Input = { readonly study: StudyId; readonly root: Digest | null; readonly objects: readonly string[] };

/** Everything below the root and the objects that is here; what a missing node hides has no name and is swept at the next start. */
async function everythingOf(context: HospitalContext, { root, objects }: Input): Promise<Map<string, CID>> {
  const found = new Map<string, CID>();
  if (root !== null) await reachable(context, cidOfRoot(root), found);
  for (const object of objects) await reachable(context, parseCid(object), found);
  return found;
}

/** The part after the chain knows: keys first, for without them no copy anywhere opens; then every copy that can be reached. Safe to repeat. */
async function destroy(context: HospitalContext, input: Input): Promise<void> {
  const { catalogue, sessionKeys, recent, cluster, signal, log } = context;
  const { study, root } = input;
  const blocks = await everythingOf(context, input);
  catalogue.deleteReleases(study);
  if (catalogue.study(study)?.state !== "dropped") catalogue.dropStudy(study, "STUDY_ERASED");
  sessionKeys.drop(study);
  recent.drop(study);
  await retireReplicas(context, study, null, root);
  if (!(await forgetBelow(context, blocks))) log.warn("blocks of an erased study are left until a damaged directory is restored", { study });
  if (cluster === null) return;
  // Said again, and this time it must be heard before the erasure counts as done.
  if (root !== null) {
    await cluster.pinning.unpin(cidOfRoot(root), signal);
    await cluster.pinning.release(cidOfRoot(root), signal);
  }
  await cluster.pinning.collect(signal);
}

/**
 * Erases a study of ours, for good (a court's or a data protection authority's order): withdrawn on the chain with the reason that says so, where its number stays; every wrapped key here
 * destroyed; unpinned and deleted here and at whoever keeps it for us. Journaled, so that it is finished after any crash. What a dishonest
 * member kept against the rules is ciphertext that this institution's own private key alone could still open. Throws STUDY_UNKNOWN, STUDY_NOT_OURS, LEDGER_ faults.
 */
export async function eraseStudy(context: HospitalContext, input: { readonly study: StudyId }): Promise<Receipt | null> {
  const record = ownStudy(context, input.study);
  const objects = context.catalogue.instances(input.study).map(({ object }) => object);
  const run = context.journal.open("eraseStudy", input.study, { study: input.study, root: record.root, objects });
  const receipt = record.state === "withdrawn" || record.state === "dropped" ? null : await withdrawStudy(context, { study: input.study, reason: erasedReason });
  await run.step("destroyed", () => destroy(context, { study: input.study, root: record.root, objects }).then(() => null));
  run.done();
  context.log.info("study erased", { study: input.study });
  return receipt;
}

/** Erasures that a crash, or an IPFS that did not answer, left unfinished: study and what is left to do. */
export function unfinishedErasures(context: HospitalContext): { readonly study: StudyId; readonly finish: () => Promise<void> }[] {
  return context.journal
    .unfinished()
    .filter(({ flow }) => flow === "eraseStudy")
    .map(({ flow, key, input }) => {
      const { study, root, objects } = input as { study: StudyId; root: string | null; objects: string[] };
      return {
        study,
        async finish() {
          if (context.catalogue.study(study)?.state !== "withdrawn" && context.catalogue.study(study)?.state !== "dropped") await withdrawStudy(context, { study, reason: erasedReason });
          const run = context.journal.open(flow, key, input);
          await run.step("destroyed", () => destroy(context, { study, root: root === null ? null : digest(root), objects }).then(() => null));
          run.done();
        },
      };
    });
}
