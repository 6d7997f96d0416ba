import { isFault } from "../../../node-agent/src/model/fault.ts";
import { findBesu } from "../../../network/local/find-besu.ts";
import { Refusal } from "../preflight.ts";
import { besuChain } from "./besu-chain.ts";
import type { ChainEngine } from "./chain-engine.ts";
import { embeddedChain } from "./embedded-chain.ts";

/** What `--engines` takes: none; whatever of the real engines this computer has; or named ones, each of which must be there. */
export type EngineWish = "embedded" | "local" | readonly EngineName[];
export type EngineName = "besu";
export const engineNames: readonly EngineName[] = ["besu"];

/** The engine of each port of the agent. */
export type Engines = { readonly chain: ChainEngine };

/** One line for each port: which engine it runs on, and for an embedded one that was not asked for, why. */
export type EngineChoice = { readonly engines: Engines; readonly sentences: readonly string[] };

/** Reads the option. Throws TypeError with a sentence. */
export function readWish(text: string): EngineWish {
  if (text === "embedded" || text === "local") return text;
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) if (!(engineNames as readonly string[]).includes(name)) throw new TypeError(`give embedded, local, or a list of ${engineNames.join(", ")}`);
  return names as EngineName[];
}

type Found = { readonly engine: ChainEngine; readonly why: string | null };

async function chainEngine(environment: NodeJS.ProcessEnv): Promise<Found> {
  try {
    return { engine: besuChain(await findBesu(environment), environment), why: null };
  } catch (error) {
    if (!isFault(error, "NETWORK_BESU_MISSING")) throw error;
    return { engine: embeddedChain, why: `${error.message}. ${error.hint}` };
  }
}

/** Looks for the engines that are wished for. Throws Refusal when one that was named, or every one of `local`, is missing. */
export async function chooseEngines(wish: EngineWish, environment: NodeJS.ProcessEnv): Promise<EngineChoice> {
  const chain: Found = wish === "embedded" ? { engine: embeddedChain, why: null } : await chainEngine(environment);
  const missing = [chain.why].filter((why) => why !== null);
  if (wish !== "embedded" && missing.length > 0 && (wish !== "local" || chain.engine.name === "embedded"))
    throw new Refusal(`${missing.join("\n")}\nWithout --engines everything runs on the embedded engines, which need nothing.`);
  return { engines: { chain: chain.engine }, sentences: [`chain   ${chain.engine.description}`] };
}
