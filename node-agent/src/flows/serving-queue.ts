import { fault } from "../model/fault.ts";
import type { MemberId } from "../model/ids.ts";
import type { Clock } from "../ports/clock.ts";
import { RateLimit } from "./rate-limit.ts";

export type ServingLimits = {
  /** Streams served at once; emergencies are beside them. */
  readonly streams: number;
  /** Bytes per second to all members together, and to any one of them; null for no limit. */
  readonly bytesPerSecond: number | null;
  readonly bytesPerSecondPerMember: number | null;
};

/** Leave to send to one member: `take` waits until `bytes` may go, `leave` gives the place to the next. */
export type Lease = { take(bytes: number, signal: AbortSignal): Promise<void>; leave(): void };

/** Below this rank nobody waits for a place: emergency care. Smaller ranks are served first. */
export const urgentBelow = 1;
/** More waiting streams than this are sent away: their members ask again, other holders first. */
const mostWaiting = 512;

type Waiting = { readonly member: MemberId; readonly rank: number; readonly order: number; readonly enter: () => void };

/**
 * Whose stream of blocks is served next, and how fast. Places go by rank, then to the member with the fewest streams, then first come first served;
 * bytes under a limit go by rank as well, block by block, so that an emergency overtakes what is already under way.
 */
export class ServingQueue {
  readonly #clock: Clock;
  readonly #limits: ServingLimits;
  readonly #all: RateLimit | null;
  readonly #perMember = new Map<MemberId, RateLimit>();
  readonly #serving = new Map<MemberId, number>();
  readonly #waiting: Waiting[] = [];
  #busy = 0;
  #order = 0;

  constructor(clock: Clock, limits: ServingLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#all = limits.bytesPerSecond === null ? null : new RateLimit(clock, limits.bytesPerSecond);
  }

  /** Waits for a place. Throws PEER_BUSY when too many wait, and the signal's reason. */
  async enter(member: MemberId, rank: number, signal: AbortSignal): Promise<Lease> {
    signal.throwIfAborted();
    if (rank >= urgentBelow && this.#busy >= this.#limits.streams) await this.#wait(member, rank, signal);
    else if (rank >= urgentBelow) this.#busy++;
    this.#serving.set(member, (this.#serving.get(member) ?? 0) + 1);
    let left = false;
    return {
      take: async (bytes, stop) => {
        await this.#limitOf(member)?.take(bytes, rank, stop);
        await this.#all?.take(bytes, rank, stop);
      },
      leave: () => {
        if (left) return;
        left = true;
        this.#left(member, rank);
      },
    };
  }

  /** Streams being served and waiting, for metrics. */
  counts(): { readonly serving: number; readonly waiting: number } {
    return { serving: [...this.#serving.values()].reduce((sum, one) => sum + one, 0), waiting: this.#waiting.length };
  }

  async #wait(member: MemberId, rank: number, signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= mostWaiting) throw fault("PEER_BUSY", {});
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { member, rank, order: this.#order++, enter: resolve };
    this.#waiting.push(waiting);
    const gone = (): void => {
      const at = this.#waiting.indexOf(waiting);
      // Already let in: the caller finds out by its own signal and leaves.
      if (at < 0) return;
      this.#waiting.splice(at, 1);
      reject(signal.reason);
    };
    signal.addEventListener("abort", gone, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", gone);
    }
  }

  #left(member: MemberId, rank: number): void {
    const rest = (this.#serving.get(member) ?? 1) - 1;
    if (rest > 0) this.#serving.set(member, rest);
    else this.#serving.delete(member);
    if (rank < urgentBelow) return;
    const next = this.#waiting.sort((one, two) => one.rank - two.rank || this.#streamsOf(one) - this.#streamsOf(two) || one.order - two.order).shift();
    // The place is handed over: a newcomer can never overtake.
    if (next === undefined) this.#busy--;
    else next.enter();
  }

  #streamsOf({ member }: Waiting): number {
    return this.#serving.get(member) ?? 0;
  }

  #limitOf(member: MemberId): RateLimit | null {
    const { bytesPerSecondPerMember: rate } = this.#limits;
    if (rate === null) return null;
    const limit = this.#perMember.get(member) ?? new RateLimit(this.#clock, rate);
    this.#perMember.set(member, limit);
    return limit;
  }
}
