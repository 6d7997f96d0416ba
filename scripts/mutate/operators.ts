import type { Node } from "./compiler.ts";

const binary: Readonly<Record<string, string>> = {
  "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==",
  "+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "<<": ">>", ">>": "<<", "&": "|", "|": "&",
  "&&": "||", "||": "&&",
};
const unary: Readonly<Record<string, string>> = { "++": "--", "--": "++", "!": "", "-": "", "~": "" };
const assignment: Readonly<Record<string, string>> = { "+=": "-=", "-=": "+=" };

const within = (node: Node, part: string): [number, number] => {
  const [begin = 0] = (node.src ?? "").split(":").map(Number);
  const inner = node[part] as Node;
  const [start = 0, length = 0] = (inner.src ?? "").split(":").map(Number);
  return [start - begin, start - begin + length];
};

/** The text of an operation with its operator swapped for its counterpart; empty where it has none. Source is ASCII within an operation. */
export function operatorSwaps(node: Node, text: string): string[] {
  const operator = String(node["operator"]);
  if (node.nodeType === "UnaryOperation") {
    const next = unary[operator];
    if (next === undefined) return [];
    return [node["prefix"] === true ? next + text.slice(operator.length) : text.slice(0, -operator.length) + next];
  }
  const [left, right] = node.nodeType === "Assignment" ? ["leftHandSide", "rightHandSide"] : ["leftExpression", "rightExpression"];
  const next = (node.nodeType === "Assignment" ? assignment : binary)[operator];
  if (next === undefined) return [];
  const [, from] = within(node, left ?? "");
  const [to] = within(node, right ?? "");
  const at = text.slice(from, to).indexOf(operator) + from;
  return [text.slice(0, at) + next + text.slice(at + operator.length)];
}

/** Either operand of && and || alone: a condition that was forgotten. */
export function operandsOf(node: Node): Node[] {
  if (node.nodeType !== "BinaryOperation" || !["&&", "||"].includes(String(node["operator"]))) return [];
  return [node["leftExpression"] as Node, node["rightExpression"] as Node];
}
