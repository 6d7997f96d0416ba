import { fault } from "../model/fault.ts";
import type { Blocks } from "../ports/blocks.ts";
import type { FlowSettings } from "./context.ts";

/** Throws STORAGE_LOW when fewer bytes are free than the reserve and `bytes`. */
export async function demandSpace({ blocks, settings }: { readonly blocks: Blocks; readonly settings: Pick<FlowSettings, "minFreeBytes"> }, bytes: number): Promise<void> {
  const need = settings.minFreeBytes + bytes;
  const free = await blocks.freeBytes();
  if (free < need) throw fault("STORAGE_LOW", { free, need });
}
