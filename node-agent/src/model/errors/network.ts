import { entry } from "./entry.ts";

export const networkErrors = {
  NETWORK_FILE_UNREADABLE: entry<{ file: string; why: string }>({
    status: 500,
    title: "Consortium file cannot be read",
    message: (d) => `the consortium file ${d.file} cannot be read (${d.why})`,
    hint: "Give the path of the YAML file that names the consortium's members; docs/network.md shows one.",
  }),
  NETWORK_FILE_WRONG: entry<{ problems: readonly string[] }>({
    status: 400,
    title: "Consortium file is wrong",
    message: (d) => `the consortium file is wrong: ${d.problems.join("; ")}`,
    hint: "Correct what is named here; docs/reference/consortium.schema.generated.json lists every key for editors, docs/network.md explains them.",
  }),
  NETWORK_BESU_MISSING: entry<{ why: string }>({
    status: 503,
    title: "Besu is not here",
    message: (d) => `no usable Besu was found: ${d.why}`,
    hint: "Unpack Hyperledger Besu 26.8.0 and set BESU_HOME to its folder (or put bin/besu on the PATH); it needs Java 25, named by JAVA_HOME.",
  }),
  NETWORK_NODE_FAILED: entry<{ node: string; how: string; log: string; lastWords: string }>({
    status: 500,
    title: "A node did not come up",
    message: (d) => `${d.node} ${d.how}: ${d.lastWords}`,
    hint: "The node's own log, named in the details, says more; what Besu refuses at start is explained in docs/network.md.",
  }),
  NETWORK_NODE_ANSWER: entry<{ method: string; why: string }>({
    status: 502,
    title: "A node refused a call",
    message: (d) => `${d.method} failed: ${d.why}`,
    hint: "Check the node's address and log, and that its configuration offers this part of the API to the caller.",
  }),
  NETWORK_COMPOSE_IMPOSSIBLE: entry<{ why: string }>({
    status: 400,
    title: "No compose file of this consortium",
    message: (d) => `a compose file for one computer cannot be made of the consortium file: ${d.why}`,
    hint: "Change the consortium file as the sentence says; nodes that run on computers of their own need no compose file for all.",
  }),
  NETWORK_COMPOSE_EXISTS: entry<{ folder: string; files: readonly string[] }>({
    status: 409,
    title: "Files with another content are there",
    message: (d) => `${d.folder} has these files with another content, and they were left as they are: ${d.files.join(", ")}`,
    hint: "Give --overwrite to replace them (containers that run keep what they started with until they are started again), or --out for another folder.",
  }),
  NETWORK_NODE_CONFIG: entry<{ node: string; findings: readonly string[] }>({
    status: 400,
    title: "Besu would refuse or change this configuration",
    message: (d) => `the configuration of ${d.node} would not do what it says: ${d.findings.join("; ")}`,
    hint: "Mend each point named here, in the file that it is in, and start again; nothing was started. `fiducial network files` writes a configuration that has none of them.",
  }),
  NETWORK_CEREMONY_WRONG: entry<{ problems: readonly string[] }>({
    status: 409,
    title: "The founding does not hold together",
    message: (d) => `the founding of the consortium does not hold together: ${d.problems.join("; ")}`,
    hint: "Ask the members named for their files again, by a way on which nobody can change them, and compare the terms; nothing was written or signed.",
  }),
} as const;
