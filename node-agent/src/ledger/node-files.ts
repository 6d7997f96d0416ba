import { open, readFile, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { enodeUrl, parseEnode } from "../consortium/enode.ts";
import { fault } from "../model/fault.ts";
import type { NodeEndpoint } from "../ports/node-admin.ts";

const unusable = (file: string, why: string, cause?: unknown): Error => fault("NODE_FILE_UNUSABLE", { file, why }, cause);

/** Reads a static-nodes.json: a JSON list of enode URLs. A file that is absent holds none. Throws NODE_FILE_UNUSABLE. */
export async function readNodeList(file: string): Promise<NodeEndpoint[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw unusable(file, (error as NodeJS.ErrnoException).code ?? "unknown", error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unusable(file, "it is no JSON", error);
  }
  if (!Array.isArray(value)) throw unusable(file, "it is no list");
  return value.map((url) => {
    const node = parseEnode(String(url));
    if (node === null) throw unusable(file, "an entry is no enode URL");
    return node;
  });
}

/**
 * Puts a text in the place of a file. By a new file and a rename where the folder allows, so that a node that starts meanwhile never sees half of it; in place where
 * the file alone was mounted. Keeps the file's permissions.
 */
async function replace(file: string, text: string): Promise<void> {
  const mode = await stat(file).then(
    (now) => now.mode & 0o777,
    () => 0o644,
  );
  const fresh = `${file}.new`;
  try {
    const handle = await open(fresh, "w", mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
    const folder = await open(dirname(file), "r");
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    if (code !== "EBUSY" && code !== "EACCES" && code !== "EROFS") throw unusable(file, code, error);
    await writeInPlace(file, text);
  }
}

async function writeInPlace(file: string, text: string): Promise<void> {
  try {
    const handle = await open(file, "r+");
    try {
      await handle.truncate(0);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unusable(file, (error as NodeJS.ErrnoException).code ?? "unknown", error);
  }
}

/** Writes the nodes that ours connects to at its next start. */
export const writeStaticNodes = (file: string, nodes: readonly NodeEndpoint[]): Promise<void> => replace(file, `${JSON.stringify(nodes.map(enodeUrl), null, 2)}\n`);

/** Writes the node allowlist into a permissions_config.toml; an accounts allowlist in the same file stays as it is. */
export async function writePermissions(file: string, nodes: readonly NodeEndpoint[]): Promise<void> {
  const present = await readFile(file, "utf8").catch(() => "");
  const line = `nodes-allowlist=[${nodes.map((node) => JSON.stringify(enodeUrl(node))).join(",")}]`;
  // The list may run over several lines; it ends at the first closing bracket, which no enode URL of an IPv4 address contains.
  const form = /^[ \t]*nodes-allowlist[ \t]*=[ \t]*\[(?:"[^"]*"|[^\]"])*\]/mu;
  await replace(file, form.test(present) ? present.replace(form, line) : `${line}\n${present}`);
}
