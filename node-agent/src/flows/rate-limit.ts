import type { Clock } from "../ports/clock.ts";

type Waiting = { readonly bytes: number; readonly rank: number; readonly order: number; readonly go: () => void };

/** Time's worth of bytes that may go at once after a pause: short, so that a limit is one for every second of the line. */
const burstSeconds = 0.25;

/** A token bucket of bytes whose waiting takers are served by rank (smallest first), then in order. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #rate: number;
  readonly #waiting: Waiting[] = [];
  #level: number;
  #at: number;
  #order = 0;
  #pumping = false;

  /** `rate` in bytes per second, above 0. */
  constructor(clock: Clock, rate: number) {
    this.#clock = clock;
    this.#rate = rate;
    this.#level = rate * burstSeconds;
    this.#at = clock.now();
  }

  /** Resolves when `bytes` may go. A piece larger than the bucket goes when the bucket is full and is paid for by what comes after. Throws the signal's reason. */
  async take(bytes: number, rank: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#waiting.length === 0 && this.#spend(bytes)) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { bytes, rank, order: this.#order++, go: resolve };
    this.#waiting.push(waiting);
    this.#waiting.sort((one, two) => one.rank - two.rank || one.order - two.order);
    const gone = (): void => {
      const at = this.#waiting.indexOf(waiting);
      if (at >= 0) this.#waiting.splice(at, 1);
      reject(signal.reason);
    };
    signal.addEventListener("abort", gone, { once: true });
    void this.#pump();
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", gone);
    }
  }

  /** Bytes that must be there before a piece of `bytes` goes. */
  #needed(bytes: number): number {
    return Math.min(bytes, this.#rate * burstSeconds);
  }

  #spend(bytes: number): boolean {
    const now = this.#clock.now();
    this.#level = Math.min(this.#rate * burstSeconds, this.#level + (Math.max(0, now - this.#at) * this.#rate) / 1000);
    this.#at = now;
    if (this.#level < this.#needed(bytes)) return false;
    this.#level -= bytes;
    return true;
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      if (this.#spend(first.bytes)) {
        this.#waiting.shift();
        first.go();
      } else await this.#clock.sleep(Math.max(1, ((this.#needed(first.bytes) - this.#level) * 1000) / this.#rate));
    }
    this.#pumping = false;
  }
}
