import type { Node } from "./compiler.ts";
import { operandsOf, operatorSwaps } from "./operators.ts";

/** One changed place of a file. `text` is the whole file with the change, `id` says what changed in words that outlive line numbers. */
export type Mutant = { readonly id: string; readonly place: string; readonly from: string; readonly to: string; readonly text: string };

type Change = { readonly start: number; readonly length: number; readonly with: string };
type Scope = { readonly contract: string; readonly callable: string };

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;
const child = (node: Node, name: string): Node | undefined => (isNode(node[name]) ? node[name] : undefined);

/** A statement that does nothing, where a statement was. */
const nothing = "true";
/** Not entered: what holds no rule, and assembly, which the branch report and the layouts hold. */
const closed = new Set(["StructDefinition", "EnumDefinition", "EventDefinition", "ErrorDefinition", "UsingForDirective", "InlineAssembly", "ArrayTypeName", "ImportDirective", "PragmaDirective", "StructuredDocumentation", "OverrideSpecifier"]);

const span = (node: Node): [number, number] => {
  const [start = 0, length = 0] = (node.src ?? "").split(":").map(Number);
  return [start, length];
};

/** Whether a branch does nothing but revert. */
function reverts(node: Node | undefined): boolean {
  if (node?.nodeType === "RevertStatement" || node?.nodeType === "Return") return true;
  const statements = node?.["statements"];
  return node?.nodeType === "Block" && Array.isArray(statements) && statements.length === 1 && reverts(statements[0] as Node);
}

/** A negation that swapping the operator, or dropping a `!`, does not make already. */
function negatable(condition: Node): boolean {
  if (condition.nodeType === "UnaryOperation" && condition["operator"] === "!") return false;
  return !(condition.nodeType === "BinaryOperation" && ["==", "!="].includes(String(condition["operator"])));
}

function* literal(node: Node, source: string, [start, length]: [number, number]): Generator<Change> {
  const kind = node["kind"];
  const change = (text: string): Change => ({ start, length, with: text });
  if (kind === "bool") yield change(source === "true" ? "false" : "true");
  // 32 bytes in hex are the place of a namespace: a test computes each.
  if (kind !== "number" || source.length >= 66) return;
  if (/^0x/u.test(source)) {
    const digits = source.length - 2;
    const value = BigInt(source);
    for (const next of [value + 1n, value - 1n]) if (next >= 0n) yield change(`0x${next.toString(16).padStart(digits, "0")}`);
  } else if (/^\d+$/u.test(source)) {
    const value = BigInt(source);
    yield change(String(value + 1n));
    if (value > 0n) yield change(String(value - 1n));
  } else {
    yield change(`(${source} + 1)`);
    yield change(`(${source} - 1)`);
  }
}

function* changesAt(node: Node, bytes: Buffer): Generator<Change> {
  const [start, length] = span(node);
  const cut = (of: Node): string => bytes.toString("utf8", span(of)[0], span(of)[0] + span(of)[1]);
  const whole = (text: string): Change => ({ start, length, with: text });
  switch (node.nodeType) {
    case "Literal":
      yield* literal(node, cut(node), [start, length]);
      return;
    case "BinaryOperation":
    case "UnaryOperation":
    case "Assignment":
      yield* operatorSwaps(node, cut(node)).map(whole);
      yield* operandsOf(node).map((operand) => whole(cut(operand)));
      return;
    case "IfStatement":
    case "Conditional": {
      const condition = child(node, "condition");
      if (condition === undefined) return;
      if (negatable(condition)) yield { start: span(condition)[0], length: span(condition)[1], with: `!(${cut(condition)})` };
      if (node.nodeType === "IfStatement" && node["falseBody"] == null && reverts(child(node, "trueBody"))) {
        // A revert's place ends before its semicolon.
        const end = start + length + (bytes[start + length] === 0x3b ? 1 : 0);
        yield { start, length: end - start, with: "{}" };
      }
      return;
    }
    case "ExpressionStatement":
    case "EmitStatement":
      yield whole(nothing);
      return;
    case "ModifierInvocation":
      if (node["kind"] === "modifierInvocation") yield whole("");
  }
}

function* walk(node: Node, scope: Scope, bytes: Buffer): Generator<Change & Scope> {
  if (closed.has(node.nodeType ?? "")) return;
  const name = typeof node["name"] === "string" && node["name"] !== "" ? node["name"] : String(node["kind"] ?? "");
  let here = scope;
  if (node.nodeType === "ContractDefinition") here = { contract: name, callable: "" };
  if (node.nodeType === "FunctionDefinition" || node.nodeType === "ModifierDefinition") here = { ...scope, callable: name };
  if (node.nodeType === "VariableDeclaration" && node["stateVariable"] === true) here = { ...scope, callable: name };
  for (const change of changesAt(node, bytes)) yield { ...change, ...here };
  for (const [key, value] of Object.entries(node)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (!isNode(item)) continue;
      // Without its step a loop runs until the gas is gone: its operators are mutated, the step is not dropped.
      if (key === "loopExpression") for (const inner of Object.values(item).filter(isNode)) yield* walk(inner, here, bytes);
      else yield* walk(item, here, bytes);
    }
  }
}

/** The lines that a stretch of text touches, in one line. */
function lines(text: string, start: number, end: number): string {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const to = text.indexOf("\n", end);
  return text.slice(from, to < 0 ? text.length : to).replaceAll(/\s+/gu, " ").trim();
}

/** Every mutant of a file, in the order of its text; none twice. Takes the file's syntax tree and its text. */
export function mutantsOf(tree: Node, source: string): readonly Mutant[] {
  const bytes = Buffer.from(source);
  const seen = new Set<string>([source]);
  const times = new Map<string, number>();
  const mutants: Mutant[] = [];
  for (const { start, length, with: replacement, contract, callable } of walk(tree, { contract: "", callable: "" }, bytes)) {
    const before = bytes.toString("utf8", 0, start);
    const after = bytes.toString("utf8", start + length);
    const text = before + replacement + after;
    if (seen.has(text)) continue;
    seen.add(text);
    const from = lines(source, before.length, source.length - after.length);
    const to = lines(text, before.length, before.length + replacement.length);
    const place = callable === "" ? contract : `${contract}.${callable}`;
    const plain = `${place}: ${from} => ${to}`;
    const time = (times.get(plain) ?? 0) + 1;
    times.set(plain, time);
    mutants.push({ id: time === 1 ? plain : `${plain} (${time})`, place, from, to, text });
  }
  return mutants;
}
