/** One way down for the whole process: the first request aborts `signal`, a second one stops waiting. */
export type Shutdown = {
  readonly signal: AbortSignal;
  /** Resolves with the first reason. */
  readonly requested: Promise<string>;
  /** `reason` is a signal's name or a short phrase for the log. */
  request(reason: string): void;
};

/** `force` ends the process at once; it is called for the second request and every further one. */
export function createShutdown(force: (reason: string) => void): Shutdown {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<string>();
  return {
    signal: controller.signal,
    requested: promise,
    request(reason) {
      if (controller.signal.aborted) return force(reason);
      resolve(reason);
      controller.abort(new Error(`stopping: ${reason}`));
    },
  };
}
