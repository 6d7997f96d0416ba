import { readFile } from "node:fs/promises";
import { fault } from "../model/fault.ts";

/**
 * The bytes of a secret file without one trailing line break. `key` is the configuration key (or option) that names it, for the error.
 * Throws CONFIG_SECRET_UNREADABLE when it cannot be read or is empty; never repeats its content.
 */
export async function readSecret(key: string, file: string): Promise<Buffer> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw fault("CONFIG_SECRET_UNREADABLE", { key, file, why: error.code ?? "unknown" }, error);
  });
  let end = bytes.length;
  if (end > 0 && bytes[end - 1] === 0x0a) end--;
  if (end > 0 && bytes[end - 1] === 0x0d) end--;
  if (end === 0) throw fault("CONFIG_SECRET_UNREADABLE", { key, file, why: "it is empty" });
  return bytes.subarray(0, end);
}
