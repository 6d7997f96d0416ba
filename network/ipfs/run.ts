import { join } from "node:path";
import { type Daemon, startDaemon } from "./daemon.ts";
import { kuboEnvironment } from "./swarm-key.ts";

/** Runs a prepared Kubo repository; resolves when its RPC (a base URL) answers. */
export function startKubo(input: { readonly name: string; readonly ipfs: string; readonly dir: string; readonly rpcUrl: string; readonly logFile: string; readonly signal?: AbortSignal }): Promise<Daemon> {
  return startDaemon({
    name: input.name,
    program: input.ipfs,
    args: ["daemon", "--migrate=false"],
    environment: { ...kuboEnvironment, IPFS_PATH: input.dir },
    logFile: input.logFile,
    ready: async () => (await fetch(`${input.rpcUrl}/api/v0/id`, { method: "POST", signal: AbortSignal.timeout(5000) })).ok,
    ...(input.signal === undefined ? {} : { signal: input.signal }),
  });
}

/** Runs a prepared cluster peer; resolves when its REST API (a base URL) answers. Its Kubo should be up. */
export function startClusterPeer(input: { readonly name: string; readonly clusterService: string; readonly dir: string; readonly restUrl: string; readonly logFile: string; readonly signal?: AbortSignal }): Promise<Daemon> {
  return startDaemon({
    name: input.name,
    program: input.clusterService,
    args: ["--config", input.dir, "daemon"],
    // Warnings and errors: at its usual level each pin is several lines.
    environment: { CLUSTER_LOG_LEVEL: "warn", GOLOG_LOG_LEVEL: "warn", IPFS_CLUSTER_PATH: join(input.dir) },
    logFile: input.logFile,
    ready: async () => (await fetch(`${input.restUrl}/health`, { signal: AbortSignal.timeout(5000) })).status === 204,
    ...(input.signal === undefined ? {} : { signal: input.signal }),
  });
}
