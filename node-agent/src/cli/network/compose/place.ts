import { chmod, chown, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { SecretOwner } from "../../../../../network/compose/compose.ts";
import { fault } from "../../../model/fault.ts";

/** One file to be written below a folder. `owner` is given for a secret: it is readable by that user alone, as far as we may give files away. */
export type Placed = { readonly path: string; readonly content: string | Uint8Array; readonly owner: SecretOwner | null };
export type Outcome = { readonly written: readonly string[]; readonly unchanged: readonly string[]; readonly mustBeGiven: readonly { readonly owner: SecretOwner; readonly paths: readonly string[] }[] };

/** What is at `file`: null when there is nothing, "hidden" for a secret that belongs to its container already and that we cannot read. */
async function present(file: string): Promise<Buffer | "hidden" | null> {
  return await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    if (error.code === "EACCES" || error.code === "EPERM") return "hidden";
    throw fault("CLI_FILE", { file, why: error.code ?? "unknown" }, error);
  });
}

async function put(file: string, { content, owner }: Placed, mayGive: boolean): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: owner === null ? 0o755 : 0o700 });
    await writeFile(`${file}.new`, content, { mode: 0o600, flush: true });
    if (owner === null) await chmod(`${file}.new`, 0o644);
    else if (mayGive) {
      const [user = 0, group = 0] = owner.split(":").map(Number);
      await chmod(`${file}.new`, 0o400);
      await chown(`${file}.new`, user, group);
    }
    await rename(`${file}.new`, file);
  } catch (error) {
    throw fault("CLI_FILE", { file, why: (error as NodeJS.ErrnoException).code ?? "unknown" }, error);
  }
}

/**
 * Writes what is not there yet, each file whole. Says which were there with the same content, and which secrets still have to be given to their containers' users,
 * which only root can do. Throws NETWORK_COMPOSE_EXISTS, before anything is written, when files have another content, unless `overwrite`; CLI_FILE.
 */
export async function placeFiles(folder: string, files: readonly Placed[], overwrite: boolean): Promise<Outcome> {
  const mayGive = userInfo().uid === 0;
  const [fresh, unchanged, different]: [Placed[], Placed[], Placed[]] = [[], [], []];
  const hidden = new Set<string>();
  for (const file of files) {
    const before = await present(join(folder, file.path));
    if (before === "hidden") hidden.add(file.path);
    (before === null ? fresh : before === "hidden" || before.equals(Buffer.from(file.content)) ? unchanged : different).push(file);
  }
  if (different.length > 0 && !overwrite) throw fault("NETWORK_COMPOSE_EXISTS", { folder, files: different.map(({ path }) => path) });
  const written = [...fresh, ...different];
  for (const file of written) await put(join(folder, file.path), file, mayGive);
  const owners = [...new Set(files.flatMap(({ owner }) => (owner === null || mayGive ? [] : [owner])))];
  const mustBeGiven = owners.map((owner) => ({ owner, paths: files.filter((file) => file.owner === owner && !hidden.has(file.path)).map(({ path }) => path) })).filter(({ paths }) => paths.length > 0);
  return { written: written.map(({ path }) => path), unchanged: unchanged.map(({ path }) => path), mustBeGiven };
}
