import type { Layout } from "./storage-layout.ts";

/** A description without what is meant for programs, and the layouts that the proposer says its new code has, by contract. */
export type SplitDescription = { readonly text: string; readonly layouts: ReadonlyMap<string, Layout> };

const line = /^storage-layout ([A-Za-z]{1,40}): (\{.*\})$/u;

const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === "string");
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

/** A layout in the form of contracts/layouts/*.json, or null. */
export function layoutFrom(value: unknown): Layout | null {
  if (!isRecord(value) || !isRecord(value["namespaces"]) || !isRecord(value["types"])) return null;
  if (!Object.values(value["namespaces"]).every(isTexts)) return null;
  const typed = Object.values(value["types"]).every((one) => isRecord(one) && typeof one["bytes"] === "number" && isTexts(one["members"]));
  return typed ? (value as unknown as Layout) : null;
}

/** Appends the layout of a contract's new code to a proposal's description, in a line of its own. */
export const withLayout = (text: string, contract: string, layout: Layout): string => `${text}\n\nstorage-layout ${contract}: ${JSON.stringify(layout)}`;

/** Takes such lines off again; one that is not well formed stays in the text. */
export function splitDescription(description: string): SplitDescription {
  const layouts = new Map<string, Layout>();
  const rest = description.split("\n").filter((one) => {
    const found = line.exec(one);
    if (found === null) return true;
    try {
      const layout = layoutFrom(JSON.parse(found[2] ?? ""));
      if (layout === null) return true;
      layouts.set(found[1] ?? "", layout);
      return false;
    } catch {
      return true;
    }
  });
  return { text: rest.join("\n").trim(), layouts };
}
