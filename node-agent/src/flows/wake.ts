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
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#resolve = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
        if (this.#rung) resolve();
        void timer;
      });
    }
    this.#resolve = null;
    this.#rung = false;
  }
}
