import test from "ava";
import fc from "fast-check";
import type { JsonValue } from "../../../node-agent/src/dicom/json.ts";
import { testOf, wildcardMatches } from "../../../node-agent/src/dicom/matcher.ts";

const wang = { Alphabetic: "Wang^XiaoDong", Ideographic: "王^小东", Phonetic: "ㄨㄤ" };
const jerome = { Alphabetic: "Buc^Jérôme" };

/** VR, key, value, whether it matches, and whether matching is fuzzy. */
const vectors: readonly (readonly [vr: string, key: string, value: JsonValue, matches: boolean, fuzzy?: true])[] = [
  ["PN", "wang^xiaodong", wang, true],
  ["PN", "Wang", wang, false],
  ["PN", "WANG*", wang, true],
  ["PN", "王*", wang, true],
  ["PN", "ㄨㄤ", wang, true],
  ["PN", "Wang^?iaoDong", wang, true],
  ["PN", "Wang^XiaoDong^^^", wang, true],
  ["PN", "Wang*=王*", wang, true],
  ["PN", "Wang*=李*", wang, false],
  ["PN", "=王^小东", wang, true],
  ["PN", "Buc^Je\u0301ro\u0302me", jerome, true],
  ["PN", "Buc^Jerome", jerome, false],
  ["PN", "jerome buc", jerome, true, true],
  ["PN", "jer bu", jerome, true, true],
  ["PN", "erome", jerome, false, true],
  ["PN", "*ero*", jerome, false, true],
  ["PN", "*ér*", jerome, true, true],
  ["PN", "dong wang", wang, false, true],
  ["PN", "xiaod wang", wang, true, true],
  ["PN", "*", null, true],
  ["LO", "CT*", "CT HEAD", true],
  ["LO", "ct*", "CT HEAD", false],
  ["LO", "MRN-4711", "MRN-4711", true],
  ["LO", "MRN-471", "MRN-4711", false],
  ["LO", "a.c", "abc", false],
  ["SH", "A?1", "AB1", true],
  ["CS", "CT,MR", "MR", true],
  ["CS", "CT\\MR", "MR", true],
  ["CS", "C*", "CT", true],
  ["CS", "CT", "MR", false],
  ["UI", "1.2,1.3", "1.3", true],
  ["UI", "1.2\\1.3", "1.3", true],
  ["UI", "1.2", "1.2.3", false],
  ["DA", "20260102", "20260102", true],
  ["DA", "20260101-20260131", "20260102", true],
  ["DA", "-20260101", "20260102", false],
  ["DA", "20260102-", "20260102", true],
  ["DA", "20040119", "2004.01.19", true],
  ["DA", "20040119", null, false],
  ["DA", "20040119-", "garbage", false],
  ["TM", "10-12", "125959.5", true],
  ["TM", "1000-1159", "120000", false],
  ["TM", "120000", "12", true],
  ["TM", "1200", "12:00:00", true],
  ["TM", "-0930", "093059.25", true],
  ["IS", "007", 7, true],
  ["DS", "1.50", 1.5, true],
  ["DS", "1.5", "1.5x", false],
  ["US", "512", 512, true],
  ["AS", "040Y", "040Y", true],
];
for (const [vr, key, value, expected, fuzzy] of vectors) {
  test(`${vr} ${key} ${expected ? "matches" : "does not match"} ${JSON.stringify(value)}${fuzzy === true ? ", fuzzy" : ""}`, (t) => {
    const matcher = testOf(vr, key, fuzzy === true);
    t.is(matcher?.(value), expected);
  });
}

const invalid: readonly (readonly [string, string])[] = [
  ["DA", "2026"],
  ["DA", "20261301"],
  ["DA", "20260132"],
  ["DA", "-"],
  ["DA", "20260101-20260102-20260103"],
  ["DA", "today"],
  ["TM", "25"],
  ["TM", "1060"],
  ["UI", "1.2.*"],
  ["UI", "abc"],
  ["UI", "1.2,"],
  ["IS", "x"],
  ["DS", ""],
  ["SQ", "anything"],
  ["OB", "anything"],
];
for (const [vr, key] of invalid) test(`${vr} refuses "${key}"`, (t) => t.is(testOf(vr, key, false), null));

test("wildcards agree with the same pattern as a regular expression", (t) => {
  const letters = fc.array(fc.constantFrom("a", "b", "*", "?"), { maxLength: 8 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(letters, fc.array(fc.constantFrom("a", "b"), { maxLength: 10 }), (pattern, parts) => {
      const expected = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`, "u").test(parts.join(""));
      return wildcardMatches(pattern, parts.join("")) === expected;
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test("a pattern of many stars ends", (t) => t.false(wildcardMatches(`${"*a".repeat(2000)}b`, "a".repeat(4000))));
