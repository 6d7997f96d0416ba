import { isFault } from "../model/fault.ts";
import { quorumOf } from "../model/quorum.ts";
import { type BftExtra, bftBlockHash, committersOf, decodeBftExtra, plainHash, type Protocol } from "./bft.ts";
import type { Findings } from "./finding.ts";
import type { Header } from "./header.ts";
import { ValidatorSet, type VotingRules } from "./validators.ts";

type Place = { readonly block: number; readonly line: number };
/** Who sealed from which block on. */
export type Era = { readonly from: number; readonly protocol: Protocol; readonly validators: readonly `0x${string}`[] };

const shown = (list: readonly string[]): string => list.join(", ");

function extraIn(header: Header): BftExtra | null {
  try {
    return decodeBftExtra(header.extraData);
  } catch (error) {
    if (isFault(error, "PROOF_MALFORMED")) return null;
    throw error;
  }
}

/**
 * The chain of headers: each names the hash of the one before, each is sealed by at least two thirds of the validators of its time, and who
 * they are follows from the votes in the headers before. A chain whose first header carries no BFT extra data has no seals (`sealed` false).
 */
export class ChainCheck {
  readonly #findings: Findings;
  readonly #rules: VotingRules;
  #validators: ValidatorSet | null = null;
  #previous: { readonly number: number; readonly hash: `0x${string}` } | null = null;
  #sealed: boolean | null = null;
  #qbftFrom: number | null = null;
  /** First block whose votes are known to be all that count. */
  #votesKnownFrom = 0;
  readonly eras: Era[] = [];
  seals = 0;
  /** Fewest seals that a block had above what it needed. */
  spare: number | null = null;

  constructor(rules: VotingRules, findings: Findings) {
    this.#rules = rules;
    this.#findings = findings;
  }

  /** Whether blocks carry seals; null before the first. */
  get sealed(): boolean | null {
    return this.#sealed;
  }

  get head(): { readonly number: number; readonly hash: `0x${string}` } | null {
    return this.#previous;
  }

  /** After a gap nothing is known of what lies between: the next block is taken on its own. */
  gap(): void {
    this.#previous = null;
    this.#validators = null;
  }

  /** Takes in the next header and gives its hash. */
  next(header: Header, line: number): `0x${string}` {
    const place: Place = { block: header.number, line };
    const extra = extraIn(header);
    this.#sealed ??= extra !== null;
    if (this.#sealed && extra === null) {
      this.#findings.add("seals-insufficient", "its extra data carries no validators and no seals, unlike the blocks before", place);
    }
    const bft = this.#sealed ? extra : null;
    const hash = bft === null ? plainHash(header.extraData, header) : bftBlockHash(header, bft);
    if (bft !== null) this.#seals(header, bft, place);
    this.#link(header, place);
    this.#previous = { number: header.number, hash };
    return hash;
  }

  /** The block after it says what the block before must be; when the later one is not itself in order, it is the one to blame. */
  #link(header: Header, place: Place): void {
    const previous = this.#previous;
    if (previous === null || header.parentHash === previous.hash) return;
    const { number } = previous;
    if (this.#findings.concerns(place.block) || this.#findings.concerns(number)) return;
    this.#findings.add("block-changed", `block ${place.block} names another block as its parent: block ${number} was changed or exchanged`, { block: number, line: place.line - 1 });
  }

  #seals(header: Header, extra: BftExtra, place: Place): void {
    const known = this.#validators;
    if (extra.protocol === "qbft" && this.eras.at(-1)?.protocol === "ibft2") this.#qbftFrom = header.number;
    const set = known ?? new ValidatorSet(this.#rules, extra.validators);
    if (known === null) this.#votesKnownFrom = set.isEpoch(header.number, this.#qbftFrom) ? header.number : header.number + 1;
    this.#protocol(extra, place);
    const elected = shown(set.members());
    if (elected !== shown(extra.validators)) {
      const doubt = this.#votesKnownFrom > 0 && known !== null ? `; votes before block ${this.#votesKnownFrom} are not in the file, so begin the headers at an epoch block when this is a true change` : "";
      this.#findings.add("validators-not-elected", `it announces the validators ${shown(extra.validators)}, the votes before it made them ${elected}${doubt}`, place);
    }
    if (header.number > 0) this.#committers(header, extra, set, place);
    const era = this.eras.at(-1);
    if (era === undefined || era.protocol !== extra.protocol || shown(era.validators) !== shown(extra.validators)) this.eras.push({ from: header.number, protocol: extra.protocol, validators: extra.validators });
    set.after(header.number, header.coinbase, extra, this.#qbftFrom);
    this.#validators = set;
  }

  #protocol(extra: BftExtra, place: Place): void {
    const before = this.eras.at(-1)?.protocol;
    const planned = this.#rules.qbftFrom;
    const expected = planned === null ? null : place.block >= planned ? "qbft" : "ibft2";
    const backwards = before === "qbft" && extra.protocol === "ibft2";
    if (backwards || (expected !== null && expected !== extra.protocol && place.block > 0)) this.#findings.add("block-changed", `it is sealed by the rules of ${extra.protocol}, which do not hold at this block`, place);
  }

  #committers(header: Header, extra: BftExtra, set: ValidatorSet, place: Place): void {
    const committers = committersOf(header, extra);
    const genuine = new Set(committers.filter((one) => one !== null && set.has(one)));
    const needed = quorumOf(set.size);
    this.seals += genuine.size;
    if (genuine.size < committers.length || genuine.size < needed) {
      const strangers = committers.filter((one) => one === null || !set.has(one)).length;
      const doubled = committers.length - strangers - genuine.size;
      const why = [`${genuine.size} valid seals of ${set.size} validators, ${needed} are needed`, ...(strangers > 0 ? [`${strangers} seals are no validator's over this header`] : []), ...(doubled > 0 ? [`${doubled} are repeated`] : [])];
      this.#findings.add("seals-insufficient", `${why.join("; ")}: the header was changed, or was never agreed upon`, place);
    } else {
      this.spare = Math.min(this.spare ?? Number.POSITIVE_INFINITY, genuine.size - needed);
    }
    if (!set.has(header.coinbase)) this.#findings.add("seals-insufficient", `its proposer ${header.coinbase} is no validator`, place);
  }
}
