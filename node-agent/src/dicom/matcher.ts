import type { JsonName, JsonValue } from "./json.ts";

/** Says whether one value of an attribute satisfies a query key. */
export type Test = (value: JsonValue) => boolean;

const wildcardVrs: ReadonlySet<string> = new Set(["AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"]);
const date = /^\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/u;
const time = /^(?:[01]\d|2[0-3])(?:[0-5]\d(?:(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?$/u;
const uid = /^(?=.{1,64}$)\d+(?:\.\d+)*$/u;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u;
const numberVrs: ReadonlySet<string> = new Set(["DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"]);

const isName = (value: JsonValue): value is JsonName => typeof value === "object" && value !== null;
const groupsOf = (value: JsonValue): string[] =>
  isName(value) ? [value.Alphabetic, value.Ideographic, value.Phonetic].filter((group) => group !== undefined) : [];
/** Case, width and canonical equivalence are no difference between two spellings of a name; trailing empty components neither. */
const folded = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\^ ]+$/u, "");
const unaccented = (text: string): string =>
  folded(text)
    .normalize("NFKD")
    .replace(/\p{Mn}/gu, "");

/** Whether `text` matches `pattern` with * and ? (PS3.4 section C.2.2.2.4); linear in both, whatever the pattern. */
export function wildcardMatches(pattern: string, text: string): boolean {
  const wanted = [...pattern];
  const given = [...text];
  let p = 0;
  let star = -1;
  let mark = 0;
  for (let i = 0; i < given.length; ) {
    if (p < wanted.length && wanted[p] === "*") {
      star = p++;
      mark = i;
    } else if (p < wanted.length && (wanted[p] === "?" || wanted[p] === given[i])) {
      p++;
      i++;
    } else if (star >= 0) {
      p = star + 1;
      i = ++mark;
    } else return false;
  }
  while (wanted[p] === "*") p++;
  return p === wanted.length;
}

function nameTest(text: string, fuzzy: boolean): Test {
  if (fuzzy && !/[*?]/u.test(text)) {
    const words = unaccented(text)
      .split(/[\s^=,]+/u)
      .filter((word) => word !== "");
    return (value) => {
      const components = groupsOf(value).flatMap((group) => unaccented(group).split(/[\s^]+/u));
      return words.every((word) => components.some((component) => component.startsWith(word)));
    };
  }
  const wanted = text.split("=").map(folded);
  if (wanted.length === 1) return (value) => groupsOf(value).some((group) => wildcardMatches(wanted[0] ?? "", folded(group)));
  return (value) => {
    if (!isName(value)) return false;
    const groups = [value.Alphabetic ?? "", value.Ideographic ?? "", value.Phonetic ?? ""].map(folded);
    return wanted.every((pattern, i) => pattern === "" || wildcardMatches(pattern, groups[i] ?? ""));
  };
}

/** Dates and times as ACR-NEMA wrote them (2004.01.19, 12:30:00), which old files still carry, in today's form. */
const modern = (value: string): string => value.replace(/^(\d{4})\.(\d\d)\.(\d\d)$/u, "$1$2$3").replaceAll(":", "");

/** `form` recognises one end of a range; `low` and `high` write it out to full precision so that text compares like time. */
function rangeTest(text: string, form: RegExp, low: (part: string) => string, high: (part: string) => string): Test | null {
  const [from = "", to = from, ...rest] = text.split("-");
  if (rest.length > 0 || (from === "" && to === "") || [from, to].some((part) => part !== "" && !form.test(part))) return null;
  return (value) => {
    const given = typeof value === "string" ? modern(value) : "";
    if (!form.test(given)) return false;
    return (from === "" || low(given) >= low(from)) && (to === "" || low(given) <= high(to));
  };
}

const filled = (pattern: string) => (part: string) => part + pattern.slice(part.length);

/**
 * The test for one query key (PS3.4 section C.2.2.2), or null when `text` is not a valid value for its VR. Names match without regard to case on all three
 * component groups, everything else exactly; `fuzzy` makes a name match when each word begins one of its components.
 */
export function testOf(vr: string, text: string, fuzzy: boolean): Test | null {
  if (/^\*+$/u.test(text) && wildcardVrs.has(vr)) return () => true;
  if (vr === "PN") return nameTest(text, fuzzy);
  if (vr === "DA")
    return rangeTest(
      text,
      date,
      (part) => part,
      (part) => part,
    );
  if (vr === "TM") return rangeTest(text, time, filled("000000.000000"), filled("235959.999999"));
  if (vr === "UI") {
    const wanted = new Set(text.split(/[,\\]/u));
    return [...wanted].every((one) => uid.test(one)) ? (value) => typeof value === "string" && wanted.has(value) : null;
  }
  if (numberVrs.has(vr)) {
    const wanted = Number(text);
    return decimal.test(text) ? (value) => value !== null && !isName(value) && Number(value) === wanted : null;
  }
  if (vr === "CS") {
    // A comma is not in the repertoire of CS, so it can only separate the values of a list.
    const wanted = text.split(/[,\\]/u).map((one) => one.trim());
    return (value) => typeof value === "string" && wanted.some((one) => wildcardMatches(one, value));
  }
  if (wildcardVrs.has(vr)) return (value) => typeof value === "string" && wildcardMatches(text.trimEnd(), value);
  return vr === "AS" ? (value) => value === text : null;
}
