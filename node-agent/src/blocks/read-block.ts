import { open } from "node:fs/promises";

/** A file's bytes, read in one piece into memory of its own size: half the work of `readFile`, which reads in steps. Throws the system's errors. */
export async function readBlockFile(path: string): Promise<Buffer<ArrayBuffer>> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.allocUnsafeSlow(size);
    let have = 0;
    while (have < size) {
      const { bytesRead } = await handle.read(bytes, have, size - have);
      // Cut while it was read: what is left cannot have the right digest.
      if (bytesRead === 0) break;
      have += bytesRead;
    }
    return bytes.subarray(0, have);
  } finally {
    // Nothing is lost if closing a file that was only read fails, and nobody has to wait for it.
    handle.close().catch(() => undefined);
  }
}
