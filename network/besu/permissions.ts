const list = (name: string, entries: readonly string[]): string =>
  entries.length === 0 ? `${name}=[]\n` : `${name}=[\n${entries.map((one) => `  ${JSON.stringify(one)}`).join(",\n")}\n]\n`;

/**
 * Besu's permissions file: which nodes this node talks to, and which accounts may send transactions through it. `accounts` null leaves the second
 * list out, which only a node without account permissions may do; an empty list refuses every sender, which is how an observer cannot write.
 */
export function permissionsToml(input: { readonly nodes: readonly string[]; readonly accounts: readonly string[] | null }): string {
  return `${list("nodes-allowlist", input.nodes)}${input.accounts === null ? "" : list("accounts-allowlist", input.accounts)}`;
}

/** Besu's static nodes file: peers that the node dials by itself and keeps dialling. */
export const staticNodesJson = (enodes: readonly string[]): string => `${JSON.stringify(enodes, null, 2)}\n`;
