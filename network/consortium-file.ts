import { readFile } from "node:fs/promises";
import { z } from "zod";
import { readStrictYaml, type YamlProblem } from "../node-agent/src/config/strict-yaml.ts";
import { fault } from "../node-agent/src/model/fault.ts";
import { consortiumProblems } from "./consortium-rules.ts";
import { type Consortium, type ConsortiumMember, type ConsortiumNode, consortiumShape } from "./consortium-schema.ts";

/** Form and rules together. */
const consortium = consortiumShape.superRefine((value, context) => {
  for (const { path, message } of consortiumProblems(value)) context.addIssue({ code: "custom", path: [...path], message });
});

const line = ({ key, why, line: at }: YamlProblem) => `${at === null ? "" : `line ${at}: `}${key}: ${why}`;

/** Reads the text of a consortium file. Throws NETWORK_FILE_WRONG with everything that is wrong in it, each with its line. */
export function parseConsortium(text: string): Consortium {
  const result = readStrictYaml(text, consortium);
  if (result.kind === "good") return result.value;
  if (result.kind === "notYaml") throw fault("NETWORK_FILE_WRONG", { problems: [`line ${result.line}: it is not valid YAML: ${result.why}`] });
  throw fault("NETWORK_FILE_WRONG", { problems: result.problems.map(line) });
}

/** The same for a value in hand, such as one that a program made. */
export function checkConsortium(value: z.input<typeof consortiumShape>): Consortium {
  const result = consortium.safeParse(value);
  if (result.success) return result.data;
  throw fault("NETWORK_FILE_WRONG", { problems: result.error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`) });
}

/** Reads and checks the consortium file. Throws NETWORK_FILE_UNREADABLE, NETWORK_FILE_WRONG. */
export async function loadConsortium(file: string): Promise<Consortium> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw fault("NETWORK_FILE_UNREADABLE", { file, why: error.code ?? "unknown" }, error);
  });
  return parseConsortium(text);
}

/** JSON Schema of the file as people write it (defaults not yet applied), for editors to complete. */
export function consortiumJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(consortiumShape, { io: "input", target: "draft-2020-12" }) as Record<string, unknown>;
}

/** Every node of the consortium with the member it belongs to, in the order of the file. */
export const nodesOf = ({ members }: Consortium): { readonly member: ConsortiumMember; readonly node: ConsortiumNode }[] =>
  members.flatMap((member) => member.nodes.map((node) => ({ member, node })));
