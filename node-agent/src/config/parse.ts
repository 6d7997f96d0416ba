import type { z } from "zod";
import { fault } from "../model/fault.ts";
import { schema } from "./schema.ts";
import { readStrictYaml } from "./strict-yaml.ts";

/**
 * Reads the text of a configuration file. Hex numbers stay text, so that hashes and addresses need no quotes.
 * Throws CONFIG_NOT_YAML, CONFIG_UNKNOWN_KEY (with the nearest valid name) or CONFIG_INVALID; the fault's `also` lists all further problems.
 */
export function parseConfig(text: string): z.output<typeof schema> {
  const result = readStrictYaml(text, schema);
  if (result.kind === "good") return result.value;
  if (result.kind === "notYaml") throw fault("CONFIG_NOT_YAML", { line: result.line, why: result.why });
  const [first, ...others] = result.problems;
  if (first === undefined) throw new Error("a schema refused the file without a reason");
  const also = others.map((problem) => `${problem.line === null ? "" : `line ${problem.line}: `}${problem.key}: ${problem.why}`);
  if (first.unknown !== null) throw fault("CONFIG_UNKNOWN_KEY", { key: first.key, nearest: first.unknown.nearest, line: first.line, also });
  throw fault("CONFIG_INVALID", { key: first.key, why: first.why, line: first.line, also });
}
