import { entry } from "./entry.ts";

export const dagErrors = {
  BLOCK_MISMATCH: entry<{ cid: string }>({
    status: 502,
    title: "Block does not match its CID",
    message: (d) => `the bytes received for block ${d.cid} have another digest`,
    hint: "The block is discarded and asked for elsewhere; if it persists, the peer that served it has a damaged store.",
  }),
} as const;
