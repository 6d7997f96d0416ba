import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fault } from "../model/fault.ts";
import { parseConfig } from "./parse.ts";
import type { Config } from "./schema.ts";

/**
 * Reads, checks, completes and freezes the configuration at `file`; relative paths inside it are taken from its folder.
 * Throws CONFIG_UNREADABLE, CONFIG_NOT_YAML, CONFIG_UNKNOWN_KEY or CONFIG_INVALID.
 */
export async function loadConfig(file: string): Promise<Config> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw fault("CONFIG_UNREADABLE", { file, why: error.code ?? "unknown" }, error);
  });
  return configFrom(text, dirname(resolve(file)));
}

/** The same for a text in hand; `folder` is where its relative paths start. */
export function configFrom(text: string, folder: string): Config {
  const parsed = parseConfig(text);
  const at = (path: string) => resolve(folder, path);
  const { keyring, clinical, consortium, identity, storage } = parsed;
  const maybe = (path: string | null) => (path === null ? null : at(path));
  return deepFreeze({
    ...parsed,
    dataDir: at(parsed.dataDir),
    keyring: keyring === null ? null : { dir: at(keyring.dir), passphraseFile: at(keyring.passphraseFile) },
    consortium: { ...consortium, staticNodesFile: maybe(consortium.staticNodesFile), permissionsFile: maybe(consortium.permissionsFile) },
    clinical: { ...clinical, tls: clinical.tls === null ? null : { certFile: at(clinical.tls.certFile), keyFile: at(clinical.tls.keyFile) } },
    storage: { ...storage, cluster: storage.cluster === null ? null : { ...storage.cluster, passwordFile: at(storage.cluster.passwordFile), serviceFile: maybe(storage.cluster.serviceFile) } },
    identity: { ...identity, accountsFile: at(identity.accountsFile) },
  });
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const part of Object.values(value)) if (typeof part === "object" && part !== null) deepFreeze(part);
  return Object.freeze(value);
}
