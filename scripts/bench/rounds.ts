/** Median of what was measured; NaN of nothing. */
export function median(values: readonly number[]): number {
  return [...values].sort((one, two) => one - two)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Runs the jobs by turns, `rounds` times each, so that other load on the computer meets all of them alike. Gives each job's results in order. */
export async function interleaved<Result>(rounds: number, jobs: readonly ((round: number) => Promise<Result>)[]): Promise<Result[][]> {
  const results: Result[][] = jobs.map(() => []);
  for (let round = 0; round < rounds; round++) for (const [at, job] of jobs.entries()) results[at]?.push(await job(round));
  return results;
}
