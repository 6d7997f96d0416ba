import { access, constants, mkdir, stat, statfs } from "node:fs/promises";
import type { Config } from "../../config/schema.ts";
import { readSecret } from "../../config/secret.ts";
import { type Keyring, openKeyring } from "../../envelope/keyring.ts";
import { megabytes } from "../text.ts";
import { fail, failure, type Finding, ok, warn } from "./finding.ts";

/** Whether the data folder can be written, and how much room it has. The folder is made when absent, as the agent itself would. */
export async function checkDataDir(config: Config): Promise<Finding[]> {
  const { dataDir } = config;
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return [fail("data folder", `${dataDir} cannot be written (${(error as NodeJS.ErrnoException).code ?? "unknown"})`, "Give the agent's user the folder, or correct dataDir.")];
  }
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const { minFreeBytes } = config.storage;
  const room = `${megabytes(free)} free, uploads stop below ${megabytes(minFreeBytes)}`;
  const space = free < minFreeBytes ? fail("disk space", room, "Free some space or move dataDir; until then nothing is stored.") : free < 2 * minFreeBytes ? warn("disk space", room, "Make room soon.") : ok("disk space", room);
  return [ok("data folder", dataDir), space];
}

/** Whether the keyring opens with its passphrase and belongs to this role. */
export async function checkKeyring(config: Config): Promise<{ readonly findings: Finding[]; readonly keyring: Keyring | null }> {
  if (config.keyring === null) return { findings: [ok("keyring", "an observer needs none")], keyring: null };
  const { dir, passphraseFile } = config.keyring;
  const findings: Finding[] = [];
  try {
    const passphrase = await readSecret("keyring.passphraseFile", passphraseFile);
    const { mode } = await stat(passphraseFile);
    if ((mode & 0o007) !== 0) findings.push(warn("passphrase file", `every user of this machine can read ${passphraseFile}`, `chmod 600 ${passphraseFile}`));
    const keyring = await openKeyring(dir, passphrase);
    passphrase.fill(0);
    if (keyring.role !== config.role) findings.push(fail("keyring", `it belongs to an ${keyring.role}, the configuration to a ${config.role}`, "Point keyring.dir at the hospital's keyring."));
    else findings.push(ok("keyring", "opens with its passphrase"));
    return { findings, keyring: keyring.role === config.role ? keyring : null };
  } catch (error) {
    return { findings: [...findings, failure("keyring", error)], keyring: null };
  }
}

const loopback = new Set(["127.0.0.1", "::1", "localhost"]);

/** Listeners that would carry patient data, or the agent's insides, in the clear across a network. */
export function checkListeners(config: Config): Finding[] {
  const { clinical, ops } = config;
  return [
    clinical.tls === null && !loopback.has(clinical.host)
      ? warn("clinical listener", `listens on ${clinical.host} without TLS`, "Set clinical.tls, or bind to loopback behind a proxy that ends TLS.")
      : ok("clinical listener", clinical.tls === null ? "on loopback" : "TLS"),
    loopback.has(ops.host) ? ok("ops listener", "on loopback") : warn("ops listener", `listens on ${ops.host} without sign-in`, "Make sure only your own monitoring reaches it."),
  ];
}
