/** Runs at most `limit` tasks at a time, first come first served. */
export type Limiter = <Result>(task: () => Promise<Result>) => Promise<Result>;

/** A limiter over a fixed number of places. */
export function limiter(limit: number): Limiter {
  const waiting: (() => void)[] = [];
  let free = limit;
  return async (task) => {
    // A leaving task hands its place to the next in line, so a newcomer can never overtake.
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
