import { open, readdir, stat, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

/** A reason not to start, in a sentence that says what to do. */
export class Refusal extends Error {
  override readonly name = "Refusal";
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
