import { readFile } from "node:fs/promises";
import type { Address } from "viem";
import { loadConfig } from "../../node-agent/src/config/load.ts";
import type { Deployment } from "../deploy/consortium.ts";

/** A running consortium: which node to ask, and where its contracts are. */
export type Subject = { readonly url: string; readonly deployment: Deployment & { readonly council?: Address; readonly timelock?: Address; readonly guardianPanel?: Address } };

type Options = { readonly config?: string | undefined; readonly rpc?: string | undefined; readonly deployment?: string | undefined };

/** Told by an agent's configuration alone, or by a URL and what deploy.ts printed or wrote; null when neither way was used whole. Throws CONFIG_*. */
export async function subjectOf({ config, rpc, deployment }: Options): Promise<Subject | null> {
  if (config !== undefined && rpc === undefined && deployment === undefined) {
    const { chain } = await loadConfig(config);
    const { council, timelock, guardianPanel, ...contracts } = chain.contracts;
    const governed = { ...(council === null ? {} : { council }), ...(timelock === null ? {} : { timelock }), ...(guardianPanel === null ? {} : { guardianPanel }) };
    return { url: chain.endpoint, deployment: { ...contracts, ...governed, deployedAtBlock: chain.deployedAtBlock } };
  }
  if (config !== undefined || rpc === undefined || deployment === undefined) return null;
  const told = JSON.parse(await readFile(deployment, "utf8")) as Subject["deployment"] & { readonly contracts?: Omit<Subject["deployment"], "deployedAtBlock"> };
  // What `deploy.ts --out` wrote for the members' agents holds the addresses one level below.
  return { url: rpc, deployment: told.contracts === undefined ? told : { ...told.contracts, deployedAtBlock: told.deployedAtBlock } };
}
