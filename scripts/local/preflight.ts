import { existsSync } from "node:fs";
import { open, readdir, readFile, rm, stat, statfs, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { lockFolder } from "../../network/embedded/lock.ts";
import type { Layout } from "./layout.ts";

/** A reason not to start, in a sentence that says what to do. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Throws Refusal while another consortium runs on this state, on whatever ports. */
export function requireIdle({ dir, chainDir }: Layout): void {
  if (!existsSync(chainDir)) return;
  try {
    lockFolder(chainDir).release();
  } catch {
    throw new Refusal(`${dir} is in use by another npm start. Stop that one, or choose another place with --dir.`);
  }
}

/** Deletes the kept state. Throws Refusal, and deletes nothing, when the folder holds anything that `npm start` did not make. */
export async function forget({ dir, seats }: Layout): Promise<void> {
  const ours = new Set(["chain", "compose", "consortium.json", "consortium.json.new", "consortium.yaml", "consortium.yaml.new", "engines.json", "ipfs", "logs", "patient", "plan.json", "people", "volumes", ...seats.map(({ key }) => key)]);
  const names = await readdir(dir);
  const others = names.filter((name) => !ours.has(name));
  if (others.length > 0)
    throw new Refusal(`${dir} holds what npm start did not make (${others.slice(0, 3).join(", ")}${others.length > 3 ? ", ..." : ""}). Nothing was deleted. Give --dir a folder of its own.`);
  for (const name of names) await rm(join(dir, name), { recursive: true });
}

/** Keeps which engine the state of `dir` is of. Throws Refusal when it was begun with another: a chain does not move from one engine to another. */
export async function requireSameEngines({ dir, stateFile }: Layout, chain: string): Promise<void> {
  const file = join(dir, "engines.json");
  const kept = await readFile(file, "utf8").then((text) => (JSON.parse(text) as { readonly chain: string }).chain, () => (existsSync(stateFile) ? "embedded" : null));
  if (kept !== null && kept !== chain)
    throw new Refusal(`The consortium kept in ${dir} runs on the ${kept} chain engine, and this is ${chain}. Start over with --fresh, or give --dir another place.`);
  if (kept === null) await writeFile(file, `${JSON.stringify({ chain }, null, 2)}\n`);
}

/** Throws Refusal naming every port already taken on loopback. */
export async function requirePorts(wanted: readonly { readonly port: number; readonly who: string }[]): Promise<void> {
  const taken: string[] = [];
  for (const { port, who } of wanted) if (!(await isFree(port))) taken.push(`${port} (${who})`);
  if (taken.length > 0)
    throw new Refusal(
      `These ports are in use: ${taken.join(", ")}. Stop what listens there (another npm start?) or choose others with --port-base N.`,
    );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** Throws Refusal when the file system of `dir` (which must exist) has less than `bytes` free. */
export async function requireSpace(dir: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize;
  if (free < bytes)
    throw new Refusal(
      `Only ${(free / 1e6).toFixed(0)} MB are free in ${dir}; about ${(bytes / 1e6).toFixed(0)} MB are needed. Free some space, or choose another place with --dir.`,
    );
}

/** DICOM Part 10 files anywhere below `dir`, in name order. Throws Refusal when the folder is missing or holds none. */
export async function requireStudy(dir: string): Promise<{ path: string; size: number }[]> {
  const found: { path: string; size: number }[] = [];
  let others = 0;
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => {
    throw new Refusal(`${dir} cannot be read. Give --study a folder that holds DICOM files.`);
  });
  for (const item of entries) {
    if (!item.isFile()) continue;
    const path = join(item.parentPath, item.name);
    const { size } = await stat(path);
    if (size > 132 && (await hasPrefix(path))) found.push({ path, size });
    else others++;
  }
  if (found.length === 0)
    throw new Refusal(
      `${dir} holds no DICOM Part 10 file (${others} other files seen). Give --study a folder of files as written by a modality or PACS.`,
    );
  return found.sort((one, two) => (one.path < two.path ? -1 : 1));
}

async function hasPrefix(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 128);
    return buffer.toString("latin1") === "DICM";
  } finally {
    await file.close();
  }
}
