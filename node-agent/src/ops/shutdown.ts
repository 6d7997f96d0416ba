/** One way down for the whole process: the first request aborts `signal`; a person who insists stops the waiting. */
export type Shutdown = {
  readonly signal: AbortSignal;
  /** Resolves with the first reason. */
  readonly requested: Promise<string>;
  /** `reason` is a signal's name or a short phrase for the log. */
  request(reason: string): void;
  /** The same from a person (Ctrl-C): a second time ends the process at once. */
  insist(reason: string): void;
};

/** `force` ends the process at once. Only `insist` ever calls it: a supervisor's signal and the end of a pipe often come together. */
export function createShutdown(force: (reason: string) => void): Shutdown {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<string>();
  const request = (reason: string): void => {
    if (controller.signal.aborted) return;
    resolve(reason);
    controller.abort(new Error(`stopping: ${reason}`));
  };
  return {
    signal: controller.signal,
    requested: promise,
    request,
    insist: (reason) => (controller.signal.aborted ? force(reason) : request(reason)),
  };
}
