import type { VoteStatus } from "../model/consortium.ts";
import type { Address } from "../model/ids.ts";
import type { SealedBlock } from "../ports/node-admin.ts";

/** Votes seen in blocks: what the network decides by, where a node's own wishes are only that. */
export type VotesCast = {
  /** Tells a block, in order; one already told is ignored. */
  see(block: SealedBlock): void;
  /** Votes that still count, by subject. */
  open(): VoteStatus[];
};

/** The tally begins anew when the validators change, as the clients' does for the subject, and forgets votes of nodes that are no validators. A vote passes with more than half of them. */
export function createVotesCast(): VotesCast {
  let last = -1;
  let validators: readonly Address[] = [];
  let cast = new Map<string, { validator: Address; add: boolean; by: Set<Address> }>();
  return {
    see({ number, proposer, validators: now, vote }) {
      if (number <= last) return;
      last = number;
      if (now.join() !== validators.join()) cast = new Map();
      validators = now;
      if (vote === null) return;
      const opposite = cast.get(`${vote.subject} ${!vote.add}`);
      opposite?.by.delete(proposer);
      const key = `${vote.subject} ${vote.add}`;
      const entry = cast.get(key) ?? { validator: vote.subject, add: vote.add, by: new Set<Address>() };
      entry.by.add(proposer);
      cast.set(key, entry);
    },
    open: () =>
      [...cast.values()]
        .filter(({ by, validator, add }) => by.size > 0 && validators.includes(validator) !== add)
        .map(({ validator, add, by }) => ({ validator, add, castBy: [...by].filter((one) => validators.includes(one)).sort(), needed: Math.floor(validators.length / 2) + 1 })),
  };
}
