import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const root = new URL("../../", import.meta.url);

type Node = Readonly<Record<string, unknown>> & { readonly id?: number; readonly nodeType?: string; readonly name?: string };
type Found = { contents: string } | { error: string };
type Compiler = { compile(input: string, options: { import: (path: string) => Found }): string };
type Output = { readonly errors?: readonly { severity: string; formattedMessage: string }[]; readonly sources: Readonly<Record<string, { readonly ast: Node }>> };

/** The contracts that are deployed; the registry's proxy stands before the registry in every property. */
export const deployed = ["ConsortiumAuthority", "MemberRegistry", "MemberRegistryProxy", "StudyRegistry", "ConsentRegistry", "AccessLedger", "CreditLedger", "Council", "GuardianPanel"] as const;

function children(node: Node): Node[] {
  return Object.values(node).flatMap((value) => (Array.isArray(value) ? value : [value])).filter((value): value is Node => typeof value === "object" && value !== null);
}

function* walk(node: Node): Generator<Node> {
  yield node;
  for (const child of children(node)) yield* walk(child);
}

/** Syntax trees of the properties and all they import, by our own compiler, without making code. Throws the compiler's words. */
async function parse(): Promise<Node[]> {
  const folder = new URL("contracts/test/", root);
  const files = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith(".t.sol")).map((path) => `contracts/test/${path}`);
  const deployedFiles = deployed.map((name) => `contracts/${name}.sol`);
  const sources: Record<string, { content: string }> = {};
  for (const path of [...files, ...deployedFiles]) sources[path] = { content: await readFile(new URL(path, root), "utf8") };
  const { readFileSync } = await import("node:fs");
  const find = (path: string): Found => {
    const at = [new URL(path, root), new URL(`node_modules/${path}`, root)].find((url) => existsSync(fileURLToPath(url)));
    return at === undefined ? { error: "no such file" } : { contents: readFileSync(at, "utf8") };
  };
  const compiler = require("solc") as Compiler;
  const input = { language: "Solidity", sources, settings: { evmVersion: "cancun", outputSelection: { "*": { "": ["ast"] } } } };
  const output = JSON.parse(compiler.compile(JSON.stringify(input), { import: find })) as Output;
  const failed = output.errors?.find(({ severity }) => severity === "error");
  if (failed !== undefined) throw new Error(failed.formattedMessage);
  return Object.values(output.sources).map(({ ast }) => ast);
}

/**
 * Which functions of which contract types the fuzzed properties call, read from their syntax trees: "Contract.function" of the deployed
 * contracts -> names of the properties. A call through a base contract or interface counts for every contract that has it. What only the
 * world's building calls does not count. Gives also every function there is.
 */
export async function fuzzedFunctions(): Promise<{ readonly all: readonly string[]; readonly properties: readonly string[]; readonly by: ReadonlyMap<string, readonly string[]> }> {
  const trees = await parse();
  const nodes = new Map<number, Node>();
  const contracts = new Map<string, Node>();
  for (const tree of trees) {
    for (const node of walk(tree)) {
      if (typeof node.id === "number") nodes.set(node.id, node);
      if (node.nodeType === "ContractDefinition" && typeof node.name === "string") contracts.set(node.name, node);
    }
  }

  /** Types and members that a function's body mentions, and those of the test functions it calls. */
  function mentions(start: Node): Set<string> {
    const found = new Set<string>();
    const seen = new Set<Node>();
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      for (const node of walk(at)) {
        if (node.nodeType === "MemberAccess") {
          const type = ((node["expression"] as Node | undefined)?.["typeDescriptions"] as { typeString?: string } | undefined)?.typeString ?? "";
          const [, contract] = /^contract (\w+)$/u.exec(type) ?? [];
          if (contract !== undefined) found.add(`${contract}.${String(node["memberName"])}`);
        }
        const target = node.nodeType === "Identifier" ? nodes.get(Number(node["referencedDeclaration"])) : undefined;
        if (target?.nodeType === "FunctionDefinition" && target.name !== "setUp") open.push(target);
      }
    }
    return found;
  }

  const properties: string[] = [];
  const mentioned = new Map<string, string[]>();
  for (const [contract, node] of contracts) {
    for (const child of children(node)) {
      if (child.nodeType !== "FunctionDefinition" || child.name?.startsWith("testFuzz_") !== true) continue;
      const property = `${contract}.${child.name}`;
      properties.push(property);
      for (const call of mentions(child)) mentioned.set(call, [...(mentioned.get(call) ?? []), property]);
    }
  }

  const all: string[] = [];
  const by = new Map<string, readonly string[]>();
  for (const contract of deployed) {
    const bases = (contracts.get(contract)?.["linearizedBaseContracts"] as readonly number[] | undefined ?? []).map((id) => nodes.get(id));
    const types = new Set(bases.map((base) => base?.name ?? ""));
    // Every property's registry is behind this proxy, which answers these two itself.
    if (contract === "MemberRegistryProxy") types.add("MemberRegistry");
    const names = new Set<string>();
    for (const member of bases.flatMap((base) => (base === undefined ? [] : children(base)))) {
      const getter = member.nodeType === "VariableDeclaration" && member["visibility"] === "public";
      const open = member.nodeType === "FunctionDefinition" && member["kind"] === "function" && ["public", "external"].includes(String(member["visibility"]));
      if (getter || open) names.add(member.name ?? "");
    }
    for (const name of names) {
      const title = `${contract}.${name}`;
      all.push(title);
      by.set(title, [...types].flatMap((type) => mentioned.get(`${type}.${name}`) ?? []));
    }
  }
  return { all, properties, by };
}
