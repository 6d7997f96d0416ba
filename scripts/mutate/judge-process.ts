import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Answer, Task, Verdict } from "./judge.ts";

export type Judged = { readonly verdict: Verdict; readonly by?: string; readonly why?: string };
export type Judge = { readonly judge: (task: Task) => Promise<Judged>; readonly stop: () => void };

/** A test file that says nothing for so long hangs, on the slowest machine: its mutant never ends. */
const patience = 600_000;
/** The compiler and the chains keep a little memory each time; a fresh process has none of it. */
const mutantsPerProcess = 250;

/** One process that judges mutants, replaced when it has judged many, hangs or dies. Rejects when the unchanged contracts fail a test. */
export function startJudge(): Judge {
  let child: ChildProcess | undefined;
  let judged = 0;

  async function ready(): Promise<ChildProcess> {
    if (child?.connected === true && judged < mutantsPerProcess) return child;
    child?.kill("SIGKILL");
    judged = 0;
    const next = fork(fileURLToPath(new URL("./judge.ts", import.meta.url)), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    child = next;
    await once(next, "message");
    return next;
  }

  return {
    async judge(task) {
      const process_ = await ready();
      judged++;
      return await new Promise<Judged>((resolve, reject) => {
        let at = "the compiler";
        let timer: NodeJS.Timeout;
        const end = (outcome: () => void): void => {
          clearTimeout(timer);
          process_.removeAllListeners("message");
          process_.removeAllListeners("exit");
          outcome();
        };
        const wait = (): void => {
          clearTimeout(timer);
          timer = setTimeout(() => {
            process_.kill("SIGKILL");
            end(() => resolve({ verdict: "killed", by: at, why: "did not end" }));
          }, patience);
        };
        process_.on("message", (answer: Answer) => {
          if ("broken" in answer) return end(() => reject(new Error(answer.broken)));
          if (!("number" in answer) || answer.number !== task.number) return;
          if ("verdict" in answer) return end(() => resolve(answer));
          at = answer.at;
          wait();
        });
        process_.once("exit", (status, signal) => end(() => resolve({ verdict: "killed", by: at, why: `the chain died: ${signal ?? status}` })));
        wait();
        process_.send(task);
      });
    },
    stop: () => child?.kill("SIGKILL"),
  };
}
