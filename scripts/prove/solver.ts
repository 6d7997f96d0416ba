import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const folder = "contracts/proofs";

/** What the solver said of a question: `unsat`, no value breaks the property; `sat`, some value does; anything else is no answer. */
export type Verdict = { readonly name: string; readonly prose: string; readonly answer: string; readonly seconds: number };

/** The definitions every question stands on, as SMT-LIB 2 text. */
export const definitions = async (): Promise<string> => await readFile(join(folder, "definitions.smt2"), "utf8");

/** Runs z3 on SMT-LIB 2 text and gives what it prints, or null when there is no z3 on the PATH. `seconds` is z3's own limit, after which it prints `timeout`. */
export async function z3(text: string, seconds: number): Promise<string | null> {
  const child = spawn("z3", ["-in", `-T:${seconds}`], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<boolean>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? resolve(false) : reject(error)));
    child.once("close", () => resolve(true));
  });
  child.stdin.on("error", () => {}); // it may end before it has read everything
  child.stdin.end(text);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  return (await ended) ? output.trim() : null;
}

/** Whether there is a solver to ask. */
export const solverIsHere = async (): Promise<boolean> => (await z3("(check-sat)", 10)) !== null;

/**
 * Asks the solver every question of one kind, one after the other: `properties` must be answered `unsat`, the `planted` mistakes `sat`.
 * Each file starts with its sentence as a comment. Throws when there is no z3.
 */
export async function ask(kind: "properties" | "planted", seconds: number, onVerdict: (verdict: Verdict) => void = () => {}): Promise<Verdict[]> {
  const common = await definitions();
  const verdicts: Verdict[] = [];
  for (const file of (await readdir(join(folder, kind))).sort()) {
    const text = await readFile(join(folder, kind, file), "utf8");
    const begun = performance.now();
    const answer = await z3(`${common}\n${text}`, seconds);
    if (answer === null) throw new Error("there is no z3 on the PATH");
    const verdict = { name: file.replace(/\.smt2$/u, ""), prose: text.split("\n", 1)[0]?.replace(/^; /u, "") ?? "", answer, seconds: (performance.now() - begun) / 1000 };
    verdicts.push(verdict);
    onVerdict(verdict);
  }
  return verdicts;
}
