import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** Runs a program and kills it (SIGKILL) once it has printed `count` lines; gives every line that it had printed by then. Throws when it ended by itself. */
export async function killAfter(count: number, program: string, ...args: readonly string[]): Promise<string[]> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length === count) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  if (child.signalCode !== "SIGKILL") throw new Error(`${program} ended by itself (${child.exitCode}) after ${lines.length} lines`);
  return lines;
}
