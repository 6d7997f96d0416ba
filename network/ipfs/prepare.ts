import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { kuboEnvironment, swarmKeyFile } from "./swarm-key.ts";

const run = promisify(execFile);

/** Appears under its name only whole; readable by its owner only. */
async function put(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/**
 * Makes `dir` a Kubo repository with this configuration and swarm key, or brings an existing one to them: what it holds stays, and so does the
 * shape of its stores, which is fixed for life. `ipfs` is the program. To be called while the daemon is down.
 */
export async function prepareKubo(dir: string, input: { readonly ipfs: string; readonly config: Record<string, unknown>; readonly swarmKey: string }): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await put(join(dir, "swarm.key"), swarmKeyFile(input.swarmKey));
  const file = join(dir, "config");
  if (!existsSync(join(dir, "version"))) {
    const first = join(dir, "first-config.json");
    await put(first, JSON.stringify(input.config, null, 2));
    await run(input.ipfs, ["init", "--empty-repo", first], { env: { ...process.env, ...kuboEnvironment, IPFS_PATH: dir } });
  }
  const { Datastore } = JSON.parse(await readFile(file, "utf8")) as { Datastore: { Spec: unknown } };
  const wanted = input.config["Datastore"] as Record<string, unknown>;
  await put(file, JSON.stringify({ ...input.config, Datastore: { ...wanted, Spec: Datastore.Spec } }, null, 2));
}

/** Writes a cluster peer's configuration and identity into `dir`. To be called while the peer is down. */
export async function prepareCluster(dir: string, input: { readonly config: Record<string, unknown>; readonly identity: object }): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await put(join(dir, "service.json"), JSON.stringify(input.config, null, 2));
  await put(join(dir, "identity.json"), JSON.stringify(input.identity, null, 2));
}
