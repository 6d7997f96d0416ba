import { readFile } from "node:fs/promises";
import { posix } from "node:path";

/** What is deployed; everything else is reached by imports. */
const deployed = ["AccessLedger", "ConsentRegistry", "ConsortiumAuthority", "Council", "CreditLedger", "GuardianPanel", "MemberRegistry", "MemberRegistryProxy", "StudyRegistry"];

/** What these files and all they import contain, by path from the root of the checkout. Throws when a file is missing. */
export async function sourcesOf(paths: readonly string[]): Promise<Record<string, { readonly content: string }>> {
  const sources: Record<string, { readonly content: string }> = {};
  const add = async (path: string): Promise<void> => {
    if (path in sources) return;
    const content = await readFile(path.startsWith("@") ? posix.join("node_modules", path) : path, "utf8");
    sources[path] = { content };
    for (const [, to = ""] of content.matchAll(/import\s+(?:[^"]*from\s+)?"([^"]+)"/gu)) await add(to.startsWith(".") ? posix.join(posix.dirname(path), to) : to);
  };
  for (const path of paths) await add(path);
  return sources;
}

/** The compiler's standard JSON input for the deployed contracts and all they import, with a syntax tree asked for. Throws when a file is missing. */
export async function standardInput(): Promise<string> {
  const sources = await sourcesOf(deployed.map((name) => `contracts/${name}.sol`));
  const wanted = ["abi", "metadata", "devdoc", "userdoc", "evm.bytecode", "evm.deployedBytecode"];
  return JSON.stringify({ language: "Solidity", sources, settings: { optimizer: { enabled: true, runs: 200 }, evmVersion: "cancun", outputSelection: { "*": { "*": wanted, "": ["ast"] } } } });
}
