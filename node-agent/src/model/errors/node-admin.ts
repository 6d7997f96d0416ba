import { entry } from "./entry.ts";

/** Errors of administering this institution's own chain node. */
export const nodeAdminErrors = {
  NODE_ADMIN_UNREACHABLE: entry<{ reason: string }>({
    status: 503,
    title: "Node administration does not answer",
    message: (d) => `the administration of the chain node did not answer (${d.reason})`,
    hint: "Check that the node runs and that chain.admin names its administration listener. Membership is carried out as soon as it answers again.",
  }),
  NODE_ADMIN_REFUSED: entry<{ method: string; reason: string }>({
    status: 502,
    title: "Node administration refused",
    message: (d) => `${d.method}: the chain node refused: ${d.reason}`,
    hint: "The administration listener needs the APIs ADMIN, PERM, ETH and IBFT (or QBFT). A fixed node is one of the node's static nodes: name consortium.permissionsFile and consortium.staticNodesFile, or take it out of both files and restart the node.",
  }),
  NODE_FILE_UNUSABLE: entry<{ file: string; why: string }>({
    status: 503,
    title: "A file of the node cannot be used",
    message: (d) => `${d.file} cannot be used (${d.why})`,
    hint: "The agent's user must be able to read and write the file, and the folder it lies in where it can. Mount it as the node's container does.",
  }),
} as const;
