import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Seat } from "./town.ts";

/** An agent that dies once at every point of its life and is started again each time, as a service manager would. */
export type Mortal = {
  /** Points it has died at so far. */
  points(): string[];
  deaths(): number;
  /** Ends the agent by SIGTERM and the watch over it. Rejects when it ever ended otherwise than by its own SIGKILL. */
  end(): Promise<void>;
};

/** Keeps the seat's agent running with the program of test/support/agent-that-dies.ts. */
export async function keepAlive(seat: Seat): Promise<Mortal> {
  const died = join(seat.dir, "died-at");
  const program = ["test/support/agent-that-dies.ts", "--config", seat.config, "--died", died];
  let ending = false;
  let deaths = 0;
  const onceStarted = Promise.withResolvers<void>();
  const watch = async (): Promise<void> => {
    while (!ending) {
      try {
        await seat.agent.start(program);
        onceStarted.resolve();
        const how = await seat.agent.child().gone;
        if (ending) return;
        if (how !== "SIGKILL") throw new Error(`${seat.name} ended by ${how}`);
      } catch (error) {
        // Killed by itself before it was ready: what it takes up again, it takes up at once.
        if (!(error instanceof Error) || !error.message.includes("(SIGKILL)")) throw error;
      }
      deaths++;
    }
  };
  const watching = watch();
  watching.catch(() => {});
  await Promise.race([onceStarted.promise, watching]);
  return {
    points: () => (existsSync(died) ? readFileSync(died, "utf8").split("\n").filter((line) => line !== "") : []),
    deaths: () => deaths,
    async end() {
      ending = true;
      const clean = await seat.agent.child().stop();
      await watching;
      if (!clean) throw new Error(`${seat.name} did not end cleanly`);
    },
  };
}

/** Asks again while the agent is dead or not ready yet: a cut connection says nothing about what became of the request. Throws the last answer after `seconds`. */
export async function persistently<Value>(what: string, seconds: number, ask: () => Promise<Value | null>): Promise<Value> {
  const until = performance.now() + seconds * 1000;
  let last: unknown = null;
  while (performance.now() < until) {
    try {
      const value = await ask();
      if (value !== null) return value;
      last = "not yet";
    } catch (error) {
      last = error;
    }
    await sleep(50);
  }
  throw new Error(`${what} did not happen within ${seconds} s`, { cause: last });
}
