import test from "ava";
import fc from "fast-check";
import { afterStep, judgeStep, margin, type Signers, type ValidatorStep } from "../../../node-agent/src/consortium/quorum.ts";
import { type Address, address } from "../../../node-agent/src/model/ids.ts";
import { quorumOf } from "../../../node-agent/src/model/quorum.ts";

const validator = (n: number): Address => address(`0x${n.toString(16).padStart(40, "0")}`);

/** Signers of 1 to 30 validators, any of them live; and steps over one address more than there are. */
const signers: fc.Arbitrary<Signers> = fc.integer({ min: 1, max: 30 }).chain((count) =>
  fc.array(fc.boolean(), { minLength: count, maxLength: count }).map((flags) => {
    const validators = flags.map((_, i) => validator(i + 1));
    return { validators, live: new Set(validators.filter((_, i) => flags[i])) };
  }),
);
const step: fc.Arbitrary<ValidatorStep> = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), validator: fc.integer({ min: 1, max: 34 }).map(validator), live: fc.boolean() }),
  fc.record({ kind: fc.constantFrom("remove" as const, "stop" as const, "restart" as const), validator: fc.integer({ min: 1, max: 34 }).map(validator) }),
);

test("the quorum is two thirds, rounded up", (t) => {
  for (const [n, quorum] of [[1, 1], [2, 2], [3, 2], [4, 3], [5, 4], [6, 4], [7, 5], [10, 7], [13, 9]] as const) t.is(quorumOf(n), quorum, `${n} validators`);
});

test("two quorums always share more than a third of the validators: no two blocks can both be sealed while a third is honest", (t) => {
  for (let n = 1; n <= 100; n++) t.true(2 * quorumOf(n) - n > Math.floor((n - 1) / 3), `${n} validators`);
});

test("a step is called safe exactly when the validators after it that sign are two thirds of all", (t) => {
  fc.assert(
    fc.property(signers, step, (before, one) => {
      // Counted by hand, without afterStep: who is a validator and who signs, one by one.
      const all = new Set<string>(before.validators);
      if (one.kind === "add") all.add(one.validator);
      if (one.kind === "remove") all.delete(one.validator);
      let signing = 0;
      for (const who of all) {
        const isNew = !before.validators.some((known) => known === who);
        const gone = one.kind !== "add" && who === one.validator;
        if (!gone && (isNew ? one.kind === "add" && one.live : before.live.has(who as Address))) signing++;
      }
      t.is(judgeStep(before, one).safe, all.size > 0 && 3 * signing >= 2 * all.size);
    }),
  );
});

test("whatever chain of safe steps is taken, blocks go on", (t) => {
  fc.assert(
    fc.property(signers, fc.array(step, { maxLength: 40 }), (start, steps) => {
      let now = start;
      if (margin(now) < 0) return;
      for (const one of steps) if (judgeStep(now, one).safe) now = afterStep(now, one);
      t.true(margin(now) >= 0);
      t.true(now.validators.length > 0);
    }),
  );
});

test("a step that is refused says how many would sign and how many are needed", (t) => {
  const [one, two, three, four] = [1, 2, 3, 4].map(validator) as [Address, Address, Address, Address];
  const three_of_four = { validators: [one, two, three, four], live: new Set([one, two, three]) };
  const verdict = judgeStep(three_of_four, { kind: "restart", validator: one });
  t.deepEqual(verdict, { safe: false, reason: `restarting ${one} would leave 2 of 4 validators signing, 3 are needed` });
  t.true(judgeStep(three_of_four, { kind: "restart", validator: four }).safe, "the silent one may be restarted");
  t.true(judgeStep(three_of_four, { kind: "remove", validator: four }).safe, "the silent one may be voted out");
  t.false(judgeStep({ validators: [one, two, three, four], live: new Set([one, two]) }, { kind: "remove", validator: one }).safe);
  t.deepEqual(judgeStep({ validators: [one], live: new Set([one]) }, { kind: "remove", validator: one }), { safe: false, reason: "no validator would be left" });
  t.false(judgeStep({ validators: [one, two, three, four], live: new Set([one, two, three]) }, { kind: "add", validator: validator(5), live: false }).safe, "3 of 5 are not 4");
});
