import type { BftExtra } from "./bft.ts";

type Address = `0x${string}`;

/** Rules of the genesis file that decide who validates. */
export type VotingRules = {
  /** Blocks after which votes lapse: block 0 and its multiples. */
  readonly epochLength: number;
  /** First QBFT block of a chain that began with IBFT 2.0; its epochs count from the block before. */
  readonly qbftFrom: number | null;
  /** Validator sets put into the genesis file from a block on (the way out of a lost quorum). */
  readonly overrides: readonly { readonly block: number; readonly validators: readonly Address[] }[];
};

/** Besu's own epoch length where the genesis file is silent. */
export const defaultEpochLength = 30_000;

const limitOf = (validators: ReadonlySet<Address>): number => Math.floor(validators.size / 2) + 1;

/**
 * Who may seal the next block, followed from block to block as Besu does (VoteTally): each block may carry one vote of its proposer; more than
 * half of the present validators for a candidate change the set from the next block on; votes lapse at every epoch block.
 */
export class ValidatorSet {
  readonly #rules: VotingRules;
  #members: Set<Address>;
  readonly #votes = { add: new Map<Address, Set<Address>>(), drop: new Map<Address, Set<Address>>() };

  constructor(rules: VotingRules, members: readonly Address[]) {
    this.#rules = rules;
    this.#members = new Set(members);
  }

  /** Ascending, as headers list them. */
  members(): Address[] {
    return [...this.#members].sort();
  }

  has(one: Address): boolean {
    return this.#members.has(one);
  }

  get size(): number {
    return this.#members.size;
  }

  /** Takes in a block that was found valid. `qbftFrom` is where the chain changed its protocol when the genesis file was not given. */
  after(number: number, proposer: Address, extra: Pick<BftExtra, "vote">, qbftFrom: number | null): void {
    const override = this.#rules.overrides.findLast(({ block }) => block === number + 1);
    if (override !== undefined) {
      this.#members = new Set(override.validators);
      this.#lapse();
    }
    if (this.isEpoch(number, this.#rules.qbftFrom ?? qbftFrom)) this.#lapse();
    else if (extra.vote !== null) this.#count(proposer, extra.vote.candidate, extra.vote.add);
  }

  /** Whether votes lapse at this block. */
  isEpoch(number: number, qbftFrom: number | null): boolean {
    if (qbftFrom !== null && qbftFrom > 0 && number >= qbftFrom - 1) return (number - (qbftFrom - 1)) % this.#rules.epochLength === 0;
    return number % this.#rules.epochLength === 0;
  }

  #lapse(): void {
    this.#votes.add.clear();
    this.#votes.drop.clear();
  }

  #count(proposer: Address, candidate: Address, add: boolean): void {
    const { add: adds, drop: drops } = this.#votes;
    const [chosen, other] = add ? [adds, drops] : [drops, adds];
    const voters = chosen.get(candidate) ?? new Set();
    chosen.set(candidate, voters.add(proposer));
    other.get(candidate)?.delete(proposer);
    const limit = limitOf(this.#members);
    if (voters.size < limit) return;
    adds.delete(candidate);
    drops.delete(candidate);
    if (add) {
      this.#members.add(candidate);
      return;
    }
    this.#members.delete(candidate);
    for (const votes of [...adds.values(), ...drops.values()]) votes.delete(candidate);
  }
}
