import { Fault } from "../model/fault.ts";
import { describeError } from "../ops/describe-error.ts";

export type Failure = { readonly code: string; readonly message: string; readonly hint: string };

/** Code, message and hint of a thrown value; for an agent's refusal those that the agent gave. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Fault) {
    if (error.code === "CLI_ANSWER") {
      const { code, detail, hint } = (error as Fault<"CLI_ANSWER">).details;
      return { code, message: detail, hint };
    }
    return { code: error.code, message: error.message, hint: error.hint };
  }
  const { code, name, message, at } = describeError(error);
  return { code: code ?? name, message, hint: `This is a mistake in the program; please report it with this line: ${at?.[0] ?? "no stack"}` };
}

/** For standard error: one JSON document, or three short lines for a person. */
export function failureText(error: unknown, json: boolean): string {
  const { code, message, hint } = failureOf(error);
  if (json) return `${JSON.stringify({ error: { code, message, hint } })}\n`;
  return `${message} [${code}]\n${hint === "" ? "" : `  ${hint}\n`}`;
}
