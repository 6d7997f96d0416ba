import type { Address } from "../model/ids.ts";
import type { SealedBlock, SignerActivity } from "../ports/node-admin.ts";

/** Blocks looked back on to tell who signs: each of n validators proposes once in n blocks, two rounds forgive a turn that was lost to a slow line. */
export const lookBack = (validators: number): number => Math.max(12, 2 * validators);

/** Newest blocks of which the seals are read: recovering a signer costs about as much as checking a signature. */
export const sealedBlocks = 20;

/**
 * Validators that were passed over, by the last block at which it happened. The turn goes round in the order of the addresses and changes with every block (Besu's
 * BftProposerSelector), so whoever stands between the proposers of two blocks had a round of its own and let it pass.
 */
function turnsMissed(blocks: readonly SealedBlock[]): Map<Address, number> {
  const missed = new Map<Address, number>();
  for (const [i, block] of blocks.slice(1).entries()) {
    const before = blocks[i];
    const order = [...block.validators].sort();
    if (before?.number !== block.number - 1 || before.validators.join() !== block.validators.join() || !order.includes(before.proposer) || !order.includes(block.proposer)) continue;
    const from = order.indexOf(before.proposer);
    for (let turn = 1; turn <= order.length; turn++) {
      const whose = order[(from + turn) % order.length];
      if (whose === undefined || whose === block.proposer) break;
      missed.set(whose, block.number);
    }
  }
  return missed;
}

/**
 * Who takes part in consensus, by what the chain itself shows: whoever proposed a block since `from` or sealed one of `blocks` (the newest, oldest first), unless a turn of
 * its own passed unused after that. A block carries only as many seals as were needed, so a missing seal says nothing, a present one does, and so does a lost turn.
 */
export function liveSigners(activity: readonly SignerActivity[], from: number, blocks: readonly SealedBlock[]): Set<Address> {
  const signed = new Map<Address, number>();
  const saw = (who: Address, block: number): void => void signed.set(who, Math.max(block, signed.get(who) ?? 0));
  for (const { address, proposed, lastProposed } of activity) if (proposed > 0 && lastProposed >= from) saw(address, lastProposed);
  for (const { number, proposer, sealers } of blocks) {
    if (number === 0) continue;
    for (const one of [proposer, ...sealers]) saw(one, number);
  }
  const missed = turnsMissed(blocks);
  return new Set([...signed].filter(([who, block]) => block >= (missed.get(who) ?? 0)).map(([who]) => who));
}
