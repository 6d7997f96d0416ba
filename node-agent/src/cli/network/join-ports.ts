import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readToml } from "../../../../network/lint/read-toml.ts";
import { fault } from "../../model/fault.ts";
import type { NodePorts } from "./join-files.ts";
import { exists, type Places } from "./join-keys.ts";

/** Ports as they were given on the command line: those that were not are null. */
export type GivenPorts = { readonly rpc: number | null; readonly ws: number | null; readonly metrics: number | null; readonly bindHost: string };

const usual = { rpc: 8545, ws: 8546, metrics: 9545 } as const;
const written = { rpc: ["rpc-http-port", "--rpc-port"], ws: ["rpc-ws-port", "--ws-port"], metrics: ["metrics-port", "--metrics-port"] } as const;

/**
 * The ports of the own node: as besu.toml has them once it is written (the operator may have changed them there), before that as given, else Besu's usual ones. So the command goes on without
 * being told them again. Throws CLI_USAGE when a given one contradicts the file, CLI_FILE when the file cannot be read.
 */
export async function portsOf(places: Places, given: GivenPorts): Promise<NodePorts> {
  const file = join(places.node, "besu.toml");
  const toml = (await exists(file)) ? await readNode(file) : {};
  const pick = (name: keyof typeof usual): number => {
    const [key, option] = written[name];
    const kept = toml[key];
    if (typeof kept !== "number") return given[name] ?? usual[name];
    if (given[name] !== null && given[name] !== kept) throw fault("CLI_USAGE", { why: `${option} ${given[name]} is not what the node has: ${file} says ${key}=${kept}. Leave the option out, or change the file first` });
    return kept;
  };
  return { rpc: pick("rpc"), ws: pick("ws"), metrics: pick("metrics"), bindHost: given.bindHost };
}

async function readNode(file: string): Promise<ReturnType<typeof readToml>> {
  try {
    return readToml(await readFile(file, "utf8"));
  } catch (error) {
    throw fault("CLI_FILE", { file, why: error instanceof Error ? error.message : "unknown" }, error);
  }
}
