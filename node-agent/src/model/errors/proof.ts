import { entry } from "./entry.ts";

/** Writing and checking histories with proof. */
export const proofErrors = {
  PROOF_MALFORMED: entry<{ what: string }>({
    status: 422,
    title: "Not what a proof is made of",
    message: (d) => d.what,
    hint: "The bytes are damaged, of another format or of a newer one; get them again from where they came, or use the program that wrote them.",
  }),
  PROOF_SOURCE_INCONSISTENT: entry<{ block: number; why: string }>({
    status: 502,
    title: "The node's answers do not fit together",
    message: (d) => `block ${d.block} as the node gives it cannot be proven: ${d.why}`,
    hint: "Nothing was certified. Try again, then ask another node: one that gives headers, transactions or receipts that do not belong together is damaged or lies.",
  }),
  PROOF_RANGE: entry<{ from: number; to: number; head: number }>({
    status: 400,
    title: "No such range of blocks",
    message: (d) => `blocks ${d.from} to ${d.to} cannot be exported; the chain ends at block ${d.head}`,
    hint: "Give --from and --to within the chain, --from not above --to, and --headers-from not above --from.",
  }),
  PROOF_REFUTED: entry<{ findings: number; first: string }>({
    status: 422,
    title: "The export is not what it claims",
    message: (d) => `refused: ${d.findings} findings; the first: ${d.first}`,
    hint: "Do not rely on this file. Export again from a node you run yourself and compare; keep this file as evidence.",
  }),
  PROOF_UNPROVEN: entry<{ why: string }>({
    status: 409,
    title: "Consistent, but not proven",
    message: (d) => d.why,
    hint: "Give what you trust: --genesis with the consortium's genesis file, --config with your own agent's, or --checkpoint with the hash of a block from your own node. A chain without consensus (the embedded one) cannot be proven.",
  }),
} as const;
