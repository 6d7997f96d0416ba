import test from "ava";
import fc from "fast-check";
import { distance, nearest } from "../../../node-agent/src/config/nearest.ts";

test("known distances", (t) => {
  t.is(distance("kitten", "sitting"), 3);
  t.is(distance("", "abc"), 3);
});

test("distance is a metric", (t) => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, word, (one, two, three) => {
      t.is(distance(one, two), distance(two, one));
      t.is(distance(one, two) === 0, one === two);
      t.true(distance(one, three) <= distance(one, two) + distance(two, three));
    }),
    { numRuns: 200 },
  );
  t.pass();
});

test("nothing near is no suggestion", (t) => {
  t.is(nearest("wholly", ["role", "name"]), null);
  t.is(nearest("nmae", ["role", "name"]), "name");
  t.is(nearest("x", []), null);
});
