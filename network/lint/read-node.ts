import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { BesuOptions } from "../besu/options.ts";
import type { NodeConfiguration } from "./finding.ts";
import { readToml } from "./read-toml.ts";

const textOf = (file: string): Promise<string | null> => readFile(file, "utf8").catch(() => null);

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

const strings = (value: unknown): readonly string[] | null => (Array.isArray(value) ? value.map(String) : null);

/**
 * The configuration that `config` (Besu's --config-file) and the files it names make; relative paths are taken from its folder.
 * Throws TypeError when the file itself cannot be read as TOML.
 */
export async function readNodeConfiguration(config: string): Promise<NodeConfiguration> {
  const text = await textOf(config);
  if (text === null) throw new TypeError(`${config} cannot be read`);
  const options: BesuOptions = readToml(text);
  const fileOf = (name: string, standard: string): string => {
    const given = options[name];
    return typeof given === "string" ? resolve(dirname(config), given) : join(typeof options["data-path"] === "string" ? options["data-path"] : dirname(config), standard);
  };
  const permissions = await textOf(fileOf(options["permissions-nodes-config-file"] === undefined ? "permissions-accounts-config-file" : "permissions-nodes-config-file", "permissions_config.toml"));
  let lists: BesuOptions | null = null;
  try {
    lists = permissions === null ? null : readToml(permissions);
  } catch {
    lists = null;
  }
  return {
    options,
    genesis: parsed(await textOf(fileOf("genesis-file", "genesis.json"))),
    staticNodes: strings(parsed(await textOf(fileOf("static-nodes-file", "static-nodes.json")))),
    permissions: lists === null ? null : { nodes: strings(lists["nodes-allowlist"]), accounts: strings(lists["accounts-allowlist"]) },
  };
}
