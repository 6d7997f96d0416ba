import { readFileSync } from "node:fs";

/** Ticks of the kernel's clock in a second, as Linux reports processor time (proc(5)). */
const ticks = 100;

/** Seconds of processor time, user and system together, that a process has taken so far. */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** Processor seconds that processes take together while `work` runs, beside its result. */
export async function processorDuring<Result>(pids: readonly number[], work: () => Promise<Result>): Promise<{ readonly result: Result; readonly processor: number }> {
  const sum = (): number => pids.reduce((total, pid) => total + processorSeconds(pid), 0);
  const before = sum();
  const result = await work();
  return { result, processor: sum() - before };
}
