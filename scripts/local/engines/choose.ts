import { isFault } from "../../../node-agent/src/model/fault.ts";
import { findIpfsPrograms, type IpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { findBesu } from "../../../network/local/find-besu.ts";
import { chooseDocker, dockerBlocks, dockerChain, type DockerEngine, type Told } from "../docker/engine.ts";
import { Refusal } from "../preflight.ts";
import { besuChain } from "./besu-chain.ts";
import { type BlockEngine, folderBlocks } from "./block-engine.ts";
import type { ChainEngine } from "./chain-engine.ts";
import { embeddedChain } from "./embedded-chain.ts";
import { ipfsBlocks } from "./ipfs-blocks.ts";

/** What `--engines` takes: none; whatever of the real engines this computer has; containers; or named engines, each of which must be there. */
export type EngineWish = "embedded" | "local" | "docker" | readonly EngineName[];
export type EngineName = "besu" | "ipfs";
export const engineNames: readonly EngineName[] = ["besu", "ipfs"];

/** The engine of each port of the agent. */
export type Engines = { readonly chain: ChainEngine; readonly blocks: BlockEngine };

/** One line for each port: which engine it runs on, and for an embedded one that was not asked for, why. */
export type EngineChoice = { readonly sentences: readonly string[] } & (
  | { readonly docker: null; readonly engines: Engines }
  | { readonly docker: DockerEngine; readonly engines: { readonly chain: Told<ChainEngine>; readonly blocks: Told<BlockEngine> } }
);

/** Reads the option. Throws TypeError with a sentence. */
export function readWish(text: string): EngineWish {
  if (text === "embedded" || text === "local" || text === "docker") return text;
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) if (!(engineNames as readonly string[]).includes(name)) throw new TypeError(`give embedded, local, docker, or a list of ${engineNames.join(", ")}`);
  return names as EngineName[];
}

type Found<Engine> = { readonly engine: Engine; readonly why: string | null };

async function chainEngine(environment: NodeJS.ProcessEnv): Promise<Found<ChainEngine>> {
  try {
    return { engine: besuChain(await findBesu(environment), environment), why: null };
  } catch (error) {
    if (!isFault(error, "NETWORK_BESU_MISSING")) throw error;
    return { engine: embeddedChain, why: `${error.message}. ${error.hint}` };
  }
}

function blockEngine(programs: IpfsPrograms | null): Found<BlockEngine> {
  if (programs !== null) return { engine: ipfsBlocks(programs), why: null };
  return { engine: folderBlocks, why: "Kubo and IPFS Cluster are not here. npm run engines builds them; a binary on the PATH does as well." };
}

/** Looks for the engines that are wished for, each by itself. Throws Refusal when one that was named, or every one of `local`, is missing. `programs` are the IPFS engines found. */
export async function chooseEngines(wish: EngineWish, environment: NodeJS.ProcessEnv, programs: IpfsPrograms | null = findIpfsPrograms(environment)): Promise<EngineChoice> {
  if (wish === "docker") {
    const docker = await chooseDocker(environment);
    const engines = { chain: dockerChain(docker), blocks: dockerBlocks };
    return { docker, engines, sentences: [`chain   ${engines.chain.description}`, `blocks  ${engines.blocks.description}`] };
  }
  const named = (name: EngineName): boolean => wish === "local" || (wish !== "embedded" && wish.includes(name));
  const chain: Found<ChainEngine> = named("besu") ? await chainEngine(environment) : { engine: embeddedChain, why: null };
  const blocks: Found<BlockEngine> = named("ipfs") ? blockEngine(programs) : { engine: folderBlocks, why: null };
  const missing = [chain.why, blocks.why].filter((why) => why !== null);
  if (missing.length > 0 && (wish !== "local" || missing.length === engineNames.length))
    throw new Refusal(`${missing.join("\n")}\nWithout --engines everything runs on the embedded engines, which need nothing.`);
  const sentence = (port: string, { engine, why }: Found<{ readonly description: string }>): string => `${port} ${engine.description}${why === null ? "" : `; ${why}`}`;
  return { docker: null, engines: { chain: chain.engine, blocks: blocks.engine }, sentences: [sentence("chain  ", chain), sentence("blocks ", blocks)] };
}
