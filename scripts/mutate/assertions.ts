import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

/** Thrown by an assertion that does not hold. */
export class Unmet extends Error {}

type Expected = { readonly instanceOf?: abstract new (...args: never[]) => unknown; readonly message?: string | RegExp };

function meet(holds: boolean, what: string, message: unknown): boolean {
  if (!holds) throw new Unmet(typeof message === "string" ? `${message}: ${what}` : what);
  return true;
}

function matches(text: string, wanted: string | RegExp | undefined): boolean {
  return wanted === undefined || (typeof wanted === "string" ? text === wanted : wanted.test(text));
}

/** Whether every field of `wanted` is in `given`, at every depth: AVA's t.like. */
function like(given: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null || typeof given !== "object" || given === null) return isDeepStrictEqual(given, wanted);
  return Object.entries(wanted).every(([key, value]) => like((given as Readonly<Record<string, unknown>>)[key], value));
}

/**
 * The assertions of AVA that the contract tests use, for a process that runs the same test file hundreds of times. Each throws `Unmet` at
 * once: a mutant is judged by the first. What is missing here fails as a TypeError when the unchanged contracts are judged, before any mutant.
 */
export const assertions = {
  title: "",
  is: (given: unknown, wanted: unknown, message?: string) => meet(Object.is(given, wanted), `${String(given)} is not ${String(wanted)}`, message),
  not: (given: unknown, other: unknown, message?: string) => meet(!Object.is(given, other), `${String(given)} is both`, message),
  true: (given: unknown, message?: string) => meet(given === true, `${String(given)} is not true`, message),
  false: (given: unknown, message?: string) => meet(given === false, `${String(given)} is not false`, message),
  truthy: (given: unknown, message?: string) => meet(Boolean(given), `${String(given)} is not truthy`, message),
  deepEqual: (given: unknown, wanted: unknown, message?: string) => meet(isDeepStrictEqual(given, wanted), "not equal", message),
  notDeepEqual: (given: unknown, other: unknown, message?: string) => meet(!isDeepStrictEqual(given, other), "equal", message),
  like: (given: unknown, wanted: unknown, message?: string) => meet(like(given, wanted), "not alike", message),
  regex: (given: string, wanted: RegExp, message?: string) => meet(wanted.test(given), `${given} does not match`, message),
  notRegex: (given: string, other: RegExp, message?: string) => meet(!other.test(given), `${given} matches`, message),
  fail: (message?: string) => meet(false, "failed", message),
  pass: () => true,
  log: () => {},
  timeout: () => {},
  async notThrowsAsync(given: Promise<unknown> | (() => Promise<unknown>), message?: string) {
    await (typeof given === "function" ? given() : given).catch((error: unknown) => meet(false, String(error), message));
  },
  async throwsAsync(given: Promise<unknown> | (() => Promise<unknown>), expected: Expected = {}, message?: string) {
    let error: unknown;
    let thrown = false;
    await (typeof given === "function" ? given() : given).catch((cause: unknown) => {
      error = cause;
      thrown = true;
    });
    meet(thrown, "went through", message);
    assert.ok(error instanceof Error);
    if (expected.instanceOf !== undefined) meet(error instanceof expected.instanceOf, `another error: ${String(error)}`, message);
    meet(matches(error.message, expected.message), `another error: ${error.message}`, message);
    return error;
  },
};
