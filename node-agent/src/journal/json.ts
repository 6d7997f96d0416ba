import { fault } from "../model/fault.ts";

/** What a value is, if JSON would not give it back as it is; null when it would. */
function lossy(value: unknown): string | null {
  if (typeof value === "number" && !Number.isFinite(value)) return "a number that is not finite";
  if (typeof value === "bigint" || typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? null : `an object of class ${value.constructor.name}`;
}

/** JSON of a value, or null for undefined. Refuses what would come back as something else: JOURNAL_VALUE_NOT_JSON. */
export function journalJson(value: unknown, where: { readonly flow: string; readonly step: string }): string | null {
  if (value === undefined) return null;
  const check = function (this: unknown, key: string, given: unknown): unknown {
    // The holder's own field: `given` has been through toJSON already, which is how a Date passes for text.
    const raw = (this as Readonly<Record<string, unknown>>)[key];
    const what = lossy(raw);
    if (what !== null) throw fault("JOURNAL_VALUE_NOT_JSON", { ...where, what });
    return given;
  };
  return JSON.stringify(value, check);
}
