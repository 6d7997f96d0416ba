import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export type ChainProcess = {
  readonly url: string;
  readonly chainId: number;
  readonly genesisHash: string;
  readonly blocks: number;
  readonly transactions: number;
  readonly tornBytes: number;
  readonly pid: number;
  /** Resolves with the exit status (null after a signal) when the process has ended. */
  readonly exited: Promise<number | null>;
  /** Asks it to stop and waits; SIGKILL ends it at once as a power cut would. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
};

export type SpawnOptions = { readonly dir: string; readonly port: number; readonly chainId?: number; readonly genesisTime?: number; readonly heartbeatMs?: number };

const entry = fileURLToPath(new URL("main.ts", import.meta.url));

/**
 * Runs the embedded chain as a child that ends with this process. Resolves when it answers; rejects with its own last words when it fails to start.
 * `node` is the interpreter to use (24 or newer).
 */
export function spawnEmbeddedChain(node: string, options: SpawnOptions): Promise<ChainProcess> {
  const args = [entry, "--watch-stdin", "--dir", options.dir, "--port", String(options.port)];
  if (options.chainId !== undefined) args.push("--chain-id", String(options.chainId));
  if (options.genesisTime !== undefined) args.push("--genesis-time", String(options.genesisTime));
  if (options.heartbeatMs !== undefined) args.push("--heartbeat-ms", String(options.heartbeatMs));
  const child = spawn(node, args, { stdio: ["pipe", "pipe", "pipe"] });
  const words: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    words.push(line);
    if (words.length > 20) words.shift();
  });
  const exited = new Promise<number | null>((done) => child.once("close", (status) => done(status)));
  return new Promise((done, fail) => {
    child.once("error", fail);
    void exited.then((status) => fail(new Error(words.at(-1) ?? `the chain process ended with status ${status}`)));
    createInterface({ input: child.stdout }).once("line", (line) => {
      const ready = JSON.parse(line) as Pick<ChainProcess, "url" | "chainId" | "genesisHash" | "blocks" | "transactions" | "tornBytes">;
      const stop = async (signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> => {
        child.kill(signal);
        await exited;
      };
      done({ ...ready, pid: child.pid ?? 0, exited, stop });
    });
  });
}
