import { readFileSync, writeFileSync } from "node:fs";

function statusOf(pid: number, field: "VmRSS" | "VmHWM"): number {
  const line = readFileSync(`/proc/${pid}/status`, "utf8").split("\n").find((one) => one.startsWith(`${field}:`));
  return Number(line?.replace(/\D+/gu, "")) / 1024;
}

/** Resident memory of a process now, MiB (proc(5)). */
export const residentMiB = (pid: number): number => statusOf(pid, "VmRSS");

/** The most it has had since `forgetPeak`, MiB. */
export const peakMiB = (pid: number): number => statusOf(pid, "VmHWM");

/** Begins to count a process's peak anew (proc(5), clear_refs 5). */
export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, "5");
