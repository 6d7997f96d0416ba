/** A bell for one sleeping loop: rings that come while nobody sleeps are kept, so none is missed. */
export class Wake {
  #rung = false;
  #resolve: (() => void) | null = null;

  ring(): void {
    this.#rung = true;
    this.#resolve?.();
  }

  /** Resolves at the next ring (or at once when one is waiting), after `ms`, or when the signal aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      this.#resolve = resolve;
      const ended = new AbortController();
      signal.addEventListener("abort", () => resolve(), { once: true, signal: ended.signal });
      await promise;
      ended.abort();
      clearTimeout(timer);
    }
    this.#resolve = null;
    this.#rung = false;
  }
}
