import { readdir, readFile } from "node:fs/promises";

/** A place in our Solidity where the code goes one of two ways: if, ?:, &&, || or the condition of a loop. */
export type Decision = { readonly file: string; readonly line: number; readonly text: string };

/** How often a decision's jump was seen taken and not taken. */
export type Outcomes = { taken: boolean; passed: boolean };

type Node = { readonly nodeType?: string; readonly operator?: string; readonly src?: string } & Readonly<Record<string, unknown>>;
type Code = { readonly object: string; readonly sourceMap: string };
type BuildInput = { readonly input: { readonly sources: Readonly<Record<string, { readonly content: string }>> } };
type BuildOutput = {
  readonly output: {
    readonly sources: Readonly<Record<string, { readonly id: number; readonly ast: Node }>>;
    readonly contracts: Readonly<Record<string, Readonly<Record<string, { readonly evm?: { readonly deployedBytecode: Code } }>>>>;
  };
};

const ours = (source: string) => source.startsWith("project/contracts/") && !source.startsWith("project/contracts/test/");

function decides({ nodeType = "", operator = "" }: Node): boolean {
  return ["IfStatement", "Conditional", "ForStatement", "WhileStatement", "DoWhileStatement"].includes(nodeType) || (nodeType === "BinaryOperation" && ["&&", "||"].includes(operator));
}

/** Every decision below a node of the syntax tree, by its place "start:length". */
function decisionsOf(node: unknown, file: string, content: Buffer, found: Map<string, Decision>): void {
  if (typeof node !== "object" || node === null) return;
  const at = node as Node;
  if (decides(at) && at.src !== undefined) {
    const [start = 0, length = 0] = at.src.split(":").map(Number);
    const [text = ""] = content.toString("utf8", start, start + length).split("\n");
    found.set(`${start}:${length}`, { file, line: content.toString("utf8", 0, start).split("\n").length, text });
  }
  for (const child of Object.values(node)) decisionsOf(child, file, content, found);
}

/** The source place and program counter of every conditional jump (JUMPI, 0x57) in a contract's code. */
function* jumpsOf({ object, sourceMap }: Code): Generator<{ pc: number; unit: number; place: string }> {
  const code = Buffer.from(object.replaceAll(/__\$.{34}\$__/gu, "0".repeat(40)), "hex");
  const entry = ["", "", ""];
  let pc = 0;
  for (const item of sourceMap.split(";")) {
    for (const [index, field] of item.split(":").slice(0, 3).entries()) if (field !== "") entry[index] = field;
    const op = code[pc] ?? 0;
    if (op === 0x57) yield { pc, unit: Number(entry[2]), place: `${entry[0]}:${entry[1]}` };
    // PUSH1 (0x60) to PUSH32 carry 1 to 32 bytes.
    pc += op >= 0x60 && op <= 0x7f ? op - 0x5e : 1;
  }
}

export type BranchMap = { readonly decisions: readonly Decision[]; readonly decisionAt: (contract: string, pc: number) => number | undefined };

/**
 * Ties the conditional jumps of our compiled contracts to the decisions they were compiled from, by the compiler's own source map.
 * Jumps that stand for no decision (the compiler's checks of arithmetic, calldata, calls) are left out. Takes the artifacts folder
 * of a finished build. Throws when a decision was compiled into no jump: what cannot be seen cannot be called tested.
 */
export async function mapBranches(artifacts: URL): Promise<BranchMap> {
  const present = await presentOf(artifacts);
  const builds = await Promise.all([...new Set(present.values())].map((id) => readBuild(artifacts, id)));
  const decisions: Decision[] = [];
  const numbers = new Map<string, number>();
  for (const { id, input, output } of builds) {
    for (const [source, { ast }] of Object.entries(output.sources)) {
      // A file that another file of this build imports may itself have been built earlier, and is counted there.
      if (present.get(source) !== id) continue;
      const found = new Map<string, Decision>();
      decisionsOf(ast, source.slice("project/".length), Buffer.from(input.sources[source]?.content ?? ""), found);
      for (const [place, decision] of found) numbers.set(`${source}:${place}`, decisions.push(decision) - 1);
    }
  }
  const jumps = new Map<string, number>();
  for (const { id, output } of builds) {
    const places = new Map(Object.entries(output.sources).map(([source, unit]) => [unit.id, source]));
    for (const [source, contracts] of Object.entries(output.contracts)) {
      if (present.get(source) !== id) continue;
      for (const [contract, { evm }] of Object.entries(contracts)) {
        for (const { pc, unit, place } of evm === undefined ? [] : jumpsOf(evm.deployedBytecode)) {
          const decision = numbers.get(`${places.get(unit) ?? ""}:${place}`);
          if (decision !== undefined) jumps.set(`${contract} ${pc}`, decision);
        }
      }
    }
  }
  const visible = new Set(jumps.values());
  const hidden = decisions.filter((_decision, index) => !visible.has(index));
  if (hidden.length > 0) throw new Error(`compiled into no jump: ${hidden.map(({ file, line, text }) => `${file}:${line} ${text}`).join("; ")}`);
  return { decisions, decisionAt: (contract, pc) => jumps.get(`${contract} ${pc}`) };
}

async function readBuild(artifacts: URL, id: string): Promise<{ id: string } & BuildInput & BuildOutput> {
  const { input }: BuildInput = JSON.parse(await readFile(new URL(`build-info/${id}.json`, artifacts), "utf8"));
  const { output }: BuildOutput = JSON.parse(await readFile(new URL(`build-info/${id}.output.json`, artifacts), "utf8"));
  return { id, input, output };
}

/** The build that each of our sources was last compiled in: an incremental build leaves older ones beside it. */
async function presentOf(artifacts: URL): Promise<Map<string, string>> {
  const present = new Map<string, string>();
  for (const path of await readdir(new URL("contracts/", artifacts), { recursive: true })) {
    if (!path.endsWith(".json")) continue;
    const artifact: { inputSourceName?: string; buildInfoId?: string } = JSON.parse(await readFile(new URL(`contracts/${path}`, artifacts), "utf8"));
    const { inputSourceName = "", buildInfoId } = artifact;
    if (buildInfoId !== undefined && ours(inputSourceName)) present.set(inputSourceName, buildInfoId);
  }
  return present;
}

/** Adds up what the recorder wrote: lines of "contract pc 0|1", 1 for a jump that was taken. */
export function outcomesOf(map: BranchMap, record: string): Outcomes[] {
  const outcomes = map.decisions.map(() => ({ taken: false, passed: false }));
  for (const line of record.split("\n")) {
    const [contract = "", pc = "", taken = ""] = line.split(" ");
    const outcome = outcomes[map.decisionAt(contract, Number(pc)) ?? -1];
    if (outcome === undefined) continue;
    if (taken === "1") outcome.taken = true;
    else outcome.passed = true;
  }
  return outcomes;
}
