import type { RequestId } from "../model/ids.ts";

type Running = { readonly stop: AbortController; readonly ended: Promise<void> };

/** Fetches under way, by request: whoever takes a study away ends its fetch first, and waits until it writes nothing more. */
export class RunningFetches {
  readonly #running = new Map<RequestId, Running>();

  /** Runs a fetch that ends when its signal aborts. */
  async run(request: RequestId, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    const running = { stop, ended: promise };
    this.#running.set(request, running);
    try {
      await work(stop.signal);
    } finally {
      if (this.#running.get(request) === running) this.#running.delete(request);
      resolve();
    }
  }

  /** Ends a fetch with a reason; resolves when it has ended. Nothing happens when it does not run. */
  async end(request: RequestId, reason: Error): Promise<void> {
    const running = this.#running.get(request);
    running?.stop.abort(reason);
    await running?.ended;
  }
}
