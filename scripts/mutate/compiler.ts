import { createRequire } from "node:module";

type Message = { readonly severity: string; readonly formattedMessage: string };
type Code = { readonly evm: { readonly bytecode: { readonly object: string } } };
export type Node = Readonly<Record<string, unknown>> & { readonly nodeType?: string; readonly src?: string };
type Output = {
  readonly errors?: readonly Message[];
  readonly sources?: Readonly<Record<string, { readonly ast: Node }>>;
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, Code>>>>;
};
export type Sources = Readonly<Record<string, { readonly content: string }>>;

const solc: { compile(input: string): string } = createRequire(import.meta.url)("solc");

/** As deployed, without the trailer that would differ with every letter of the source. */
const asDeployed = { enabled: true, runs: 200 };
/** A third of the compiler's time, and still within the greatest size of a contract. What the code does is the same. */
const quick = { enabled: true, runs: 200, details: { peephole: true, jumpdestRemover: true, inliner: true, orderLiterals: false, deduplicate: true, cse: false, constantOptimizer: false, yul: false } };

function run(sources: Sources, outputSelection: unknown, optimizer: unknown): Output {
  const settings = { optimizer, evmVersion: "cancun", metadata: { appendCBOR: false }, outputSelection };
  return JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings }))) as Output;
}

const complaints = ({ errors = [] }: Output): string[] => errors.filter(({ severity }) => severity === "error").map(({ formattedMessage }) => formattedMessage);

/** The syntax tree of one file among its sources. Throws the compiler's words. */
export function syntaxTree(sources: Sources, file: string): Node {
  const output = run(sources, { [file]: { "": ["ast"] } }, asDeployed);
  const ast = output.sources?.[file]?.ast;
  if (ast === undefined) throw new Error(complaints(output).join("\n"));
  return ast;
}

/** Creation code of these contracts ("AccessLedger", "test/Arithmetic") in hex without 0x; undefined when the sources do not compile. */
export function creationCode(sources: Sources, contracts: readonly string[], how: "quick" | "as deployed"): ReadonlyMap<string, string> | undefined {
  const base = (contract: string) => contract.slice(contract.lastIndexOf("/") + 1);
  const wanted = Object.fromEntries(contracts.map((contract) => [`contracts/${contract}.sol`, { [base(contract)]: ["evm.bytecode.object"] }]));
  const output = run(sources, wanted, how === "quick" ? quick : asDeployed);
  if (complaints(output).length > 0) return undefined;
  return new Map(contracts.map((contract) => [base(contract), output.contracts?.[`contracts/${contract}.sol`]?.[base(contract)]?.evm.bytecode.object ?? ""]));
}
