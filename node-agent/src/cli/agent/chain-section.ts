import { readFile } from "node:fs/promises";
import { parseChain } from "../../config/parse-chain.ts";
import { fault } from "../../model/fault.ts";

/** The `chain` section for a first configuration: what the consortium hands out, with this institution's own node. Throws CLI_FILE, CONFIG_*. */
export async function chainSection(file: string, endpoint: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw fault("CLI_FILE", { file, why: error.code ?? "unknown" }, error);
  });
  const { chainId, genesisHash, contracts, deployedAtBlock } = parseChain(text);
  return { endpoint, chainId, genesisHash, contracts, deployedAtBlock };
}
