import { open, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fault } from "../model/fault.ts";

export type DicomFile = { readonly path: string; readonly size: number };

/** DICOM Part 10 files (PS3.10: DICM at offset 128) anywhere below `folder`, by name. Throws CLI_FILE, CLI_NO_DICOM. */
export async function dicomFiles(folder: string): Promise<DicomFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw fault("CLI_FILE", { file: folder, why: error.code ?? "unknown" }, error);
  });
  const found: DicomFile[] = [];
  let others = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const size = await part10Size(path);
    if (size === null) others++;
    else found.push({ path, size });
  }
  if (found.length === 0) throw fault("CLI_NO_DICOM", { folder, others });
  return found.sort((one, two) => (one.path < two.path ? -1 : 1));
}

async function part10Size(path: string): Promise<number | null> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 128);
    return bytesRead === 4 && buffer.toString("latin1") === "DICM" ? (await file.stat()).size : null;
  } finally {
    await file.close();
  }
}

/** A JSON file. Throws CLI_FILE. */
export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw fault("CLI_FILE", { file, why: error.code ?? "unknown" }, error);
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw fault("CLI_FILE", { file, why: "it is not JSON" }, error);
  }
}

/** Writes a new file that only its owner may read. Throws CONFIG_EXISTS rather than overwrite, CLI_FILE. */
export async function writeNew(file: string, content: string | Uint8Array): Promise<void> {
  await writeFile(file, content, { flag: "wx", mode: 0o600, flush: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") throw fault("CONFIG_EXISTS", { file }, error);
    throw fault("CLI_FILE", { file, why: error.code ?? "unknown" }, error);
  });
}

/** Writes a file whole or not at all: a reader never sees half of it. Throws CLI_FILE. */
export async function writeWhole(file: string, content: AsyncIterable<Uint8Array> | string): Promise<void> {
  const part = `${file}.part`;
  try {
    await writeFile(part, content, { mode: 0o600 });
    await rename(part, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !/^E[A-Z]+$/u.test(code)) throw error;
    throw fault("CLI_FILE", { file, why: code }, error);
  }
}
