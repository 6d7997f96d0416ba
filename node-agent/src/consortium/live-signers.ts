import type { Address } from "../model/ids.ts";
import type { SealedBlock, SignerActivity } from "../ports/node-admin.ts";

/** Blocks looked back on to tell who signs: each of n validators proposes once in n blocks, three rounds forgive a proposer that was slow. */
export const lookBack = (validators: number): number => Math.max(12, 3 * validators);

/**
 * Who takes part in consensus, by what the chain itself shows: whoever proposed a block in the window, or sealed one of the last blocks. A block carries only as
 * many seals as were needed, so a missing seal says nothing, a present one does.
 */
export function liveSigners(activity: readonly SignerActivity[], from: number, blocks: readonly SealedBlock[]): Set<Address> {
  const live = new Set<Address>();
  for (const { address, proposed, lastProposed } of activity) if (proposed > 0 && lastProposed >= from) live.add(address);
  for (const { sealers } of blocks) for (const sealer of sealers) live.add(sealer);
  return live;
}
