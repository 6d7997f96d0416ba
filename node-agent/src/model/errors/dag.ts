import { entry } from "./entry.ts";

export const dagErrors = {
  BLOCK_MISMATCH: entry<{ cid: string }>({
    status: 502,
    title: "Block does not match its CID",
    message: (d) => `the bytes received for block ${d.cid} have another digest`,
    hint: "The block is discarded and asked for elsewhere; if it persists, the peer that served it has a damaged store.",
  }),
  BLOCK_MISSING: entry<{ cid: string }>({
    status: 503,
    title: "Block not here",
    message: (d) => `block ${d.cid} is in none of the places asked`,
    hint: "Try again when another holder of the study is online; what has arrived is kept and not fetched twice.",
  }),
  BLOCK_TOO_LARGE: entry<{ bytes: number; limit: number }>({
    status: 413,
    title: "Block too large",
    message: (d) => `a block of ${d.bytes} bytes is over the limit of ${d.limit}`,
    hint: "Build objects with 1 MiB chunks (profile unixfs-v1-2025); larger blocks do not travel.",
  }),
  BLOCK_UNSUPPORTED: entry<{ what: string }>({
    status: 422,
    title: "Kind of block not accepted",
    message: (d) => `the CID uses ${d.what}, which is not accepted`,
    hint: "Use CIDv1 with raw or dag-pb and sha2-256, as Fiducial and Kubo's profile unixfs-v1-2025 write them.",
  }),
  DAG_MALFORMED: entry<{ cid: string; what: string }>({
    status: 422,
    title: "Not a well-formed UnixFS node",
    message: (d) => `block ${d.cid} is not what it should be: ${d.what}`,
    hint: "The study's root was built by a faulty program; ask the custodian to supersede the study.",
  }),
  DAG_BAD_NAME: entry<{ why: string }>({
    status: 500,
    title: "Directory entry name not usable",
    message: (d) => `a directory entry cannot be named so: ${d.why}`,
    hint: "Report this with the program's version; names inside a study are numbers the program chooses.",
  }),
  DAG_RANGE: entry<{ start: number; end: number; size: number }>({
    status: 416,
    title: "Range outside the file",
    message: (d) => `bytes ${d.start} to ${d.end} are outside a file of ${d.size} bytes`,
    hint: "Ask for a range inside the file.",
  }),
  CAR_MALFORMED: entry<{ what: string }>({
    status: 502,
    title: "Not a well-formed CAR",
    message: (d) => `the stream is not a CARv1: ${d.what}`,
    hint: "The transfer is tried again elsewhere; blocks that arrived whole are kept.",
  }),
  BLOCKS_DISK_FULL: entry<{ needed: number }>({
    status: 507,
    title: "Disk full",
    message: (d) => `the disk has no room for ${d.needed} more bytes of blocks`,
    hint: "Free space or enlarge the volume behind dataDir, then send again; nothing of the refused batch counts as stored.",
  }),
} as const;
