import type { BlockSource as Port } from "../ports/block-source.ts";

/** Where the adapters of this room get blocks from: see the port. */
export type BlockSource = Port;
