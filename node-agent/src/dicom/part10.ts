import { InstanceReader, type Part10 } from "./instance-reader.ts";
import { defaultLimits, type Limits } from "./limits.ts";

/** Reads a whole Part 10 file held in memory. Throws what `InstanceReader` throws; the bytes are not kept. */
export function readPart10(bytes: Uint8Array, limits: Limits = defaultLimits): Part10 {
  const reader = new InstanceReader(limits);
  reader.push(bytes);
  return reader.finish();
}
