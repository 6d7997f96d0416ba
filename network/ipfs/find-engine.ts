import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Programs of the IPFS engines. */
export type IpfsProgram = "ipfs" | "ipfs-cluster-service" | "ipfs-cluster-ctl";

/** Where `npm run engines` puts what it builds. */
const built = join(import.meta.dirname, "..", "..", ".engines", "bin");

function runs(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of an engine's program: this checkout's own build first, then the PATH; null when there is none. */
export function findIpfsProgram(name: IpfsProgram, environment: NodeJS.ProcessEnv = process.env): string | null {
  const folders = [built, ...(environment["PATH"] ?? "").split(delimiter)].filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(runs) ?? null;
}

export type IpfsPrograms = { readonly ipfs: string; readonly clusterService: string };

/** Both programs a member's IPFS consists of, or null when either is missing: one without the other keeps nothing. */
export function findIpfsPrograms(environment: NodeJS.ProcessEnv = process.env): IpfsPrograms | null {
  const ipfs = findIpfsProgram("ipfs", environment);
  const clusterService = findIpfsProgram("ipfs-cluster-service", environment);
  return ipfs === null || clusterService === null ? null : { ipfs, clusterService };
}
