import fc from "fast-check";

/** What can be done, as plain data: a counter-example reads as a list of these. `by` 0 is a stranger, 1 to 4 operators, 5 an observer's operator. */
export type Operation =
  | { readonly op: "register"; readonly by: number; readonly study: number; readonly patient: number; readonly root: number }
  | { readonly op: "supersede"; readonly by: number; readonly study: number; readonly version: number; readonly root: number }
  | { readonly op: "withdraw"; readonly by: number; readonly study: number }
  | { readonly op: "grant"; readonly by: number; readonly study: number; readonly grantee: number; readonly purposes: number; readonly from: number; readonly to: number; readonly account: number; readonly nonce: number; readonly key: number }
  | { readonly op: "revoke"; readonly by: number; readonly study: number; readonly grantee: number; readonly nonce: number; readonly key: number }
  | { readonly op: "attest"; readonly by: number; readonly study: number; readonly grantee: number; readonly purposes: number; readonly from: number; readonly to: number }
  | { readonly op: "withdrawAttestation"; readonly by: number; readonly study: number; readonly grantee: number }
  | { readonly op: "request"; readonly by: number; readonly request: number; readonly study: number; readonly purpose: number }
  | { readonly op: "deliver" | "acknowledge"; readonly by: number; readonly request: number; readonly digest: number }
  | { readonly op: "dispute" | "expire"; readonly by: number; readonly request: number }
  | { readonly op: "review"; readonly reviewer: boolean; readonly request: number; readonly justified: boolean }
  | { readonly op: "anchor"; readonly by: number; readonly detached: boolean; readonly root: number; readonly more: number }
  | { readonly op: "suspend" | "reinstate" | "expel"; readonly council: boolean; readonly member: number }
  | { readonly op: "replaceGovernor"; readonly council: boolean; readonly member: number; readonly key: number }
  | { readonly op: "pause" | "resume"; readonly right: boolean; readonly contract: number };

/** An operation, `wait` seconds after the one before. */
export type Step = Operation & { readonly wait: number };

export const sizes = { studies: 3, requests: 6, members: 5, patients: 4, contracts: 5 } as const;

/** Mostly the plausible thing, sometimes anything: a sequence must get somewhere and still try every door. */
const mostly = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>, weight = 12) => fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: other });

/** In place of an actor, request, contract or member: whoever's turn it is, the first that waits for this. */
export const due = 9;
const by = mostly(fc.integer({ min: 1, max: 4 }), fc.constantFrom(0, 5));
const study = mostly(fc.integer({ min: 0, max: sizes.studies - 1 }), fc.constant(sizes.studies));
const request = fc.integer({ min: 0, max: sizes.requests - 1 });
const party = mostly(fc.constant(due), by, 5);
const waiting = mostly(fc.constant(due), request, 5);
const grantee = fc.integer({ min: 0, max: 4 });
const purposes = mostly(fc.constant(63), fc.integer({ min: 0, max: 127 }), 2);
const from = mostly(fc.constant(0), fc.integer({ min: -1000, max: 100_000 }), 4);
const to = mostly(fc.constant(30 * 86_400), fc.constantFrom(0, 1, 1000, 86_401, 180 * 86_400, 180 * 86_400 + 1, 5 * 365 * 86_400, 5 * 365 * 86_400 + 1), 3);
const right = mostly(fc.constant(true), fc.constant(false), 6);
const root = mostly(fc.integer({ min: 1, max: 3 }), fc.constant(0), 8);
const nonce = mostly(fc.constant(0), fc.constantFrom(-1, 1), 8);
const key = mostly(fc.constant(0), fc.constant(1), 8);
const wait = mostly(fc.constantFrom(1, 1, 60, 3600), fc.constantFrom(901, 86_400, 86_401, 200_000, 31 * 86_400, 200 * 86_400), 6);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constant("register" as const), by, study, patient: fc.integer({ min: 0, max: sizes.patients - 1 }), root }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("supersede" as const), by: party, study, version: fc.integer({ min: 1, max: 2 }), root }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("withdraw" as const), by: party, study }) },
  { weight: 7, arbitrary: fc.record({ op: fc.constant("grant" as const), by, study, grantee, purposes, from, to, account: fc.integer({ min: 0, max: 2 }), nonce, key }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("revoke" as const), by, study, grantee, nonce, key }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("attest" as const), by: party, study, grantee, purposes, from, to }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("withdrawAttestation" as const), by: party, study, grantee }) },
  { weight: 10, arbitrary: fc.record({ op: fc.constant("request" as const), by: party, request, study, purpose: mostly(fc.integer({ min: 0, max: 6 }), fc.constant(7), 20) }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("deliver" as const), by: party, request: waiting, digest: root }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("acknowledge" as const), by: party, request: waiting, digest: root }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("dispute" as const), by: party, request: waiting }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("expire" as const), by: party, request: waiting }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("review" as const), reviewer: right, request: waiting, justified: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("anchor" as const), by, detached: right.map((is) => !is), root, more: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom("suspend" as const, "reinstate" as const, "reinstate" as const), council: right, member: mostly(fc.integer({ min: 1, max: 6 }), fc.constant(due), 2) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("expel" as const), council: right, member: fc.integer({ min: 3, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("replaceGovernor" as const), council: right, member: fc.integer({ min: 1, max: 5 }), key: fc.integer({ min: 0, max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom("pause" as const, "resume" as const, "resume" as const), right, contract: mostly(fc.integer({ min: 0, max: sizes.contracts - 1 }), fc.constant(due), 1) }) },
);

/** How most accesses go: allowed, asked for, delivered, acknowledged; often broken off. By chance alone hardly a sequence would come so far. */
const story: fc.Arbitrary<readonly Operation[]> = fc
  .record({ study: fc.integer({ min: 0, max: sizes.studies - 1 }), requester: fc.integer({ min: 1, max: 4 }), request, purpose: fc.integer({ min: 0, max: 6 }), account: fc.integer({ min: 0, max: 2 }), digest: root, length: fc.integer({ min: 2, max: 4 }) })
  .map(({ study: of, requester, request: id, purpose, account, digest, length }) => {
    const steps: Operation[] = [
      { op: "grant", by: 1, study: of, grantee: requester, purposes: 63, from: 0, to: 30 * 86_400, account, nonce: 0, key: 0 },
      { op: "request", by: requester, request: id, study: of, purpose },
      { op: "deliver", by: due, request: due, digest },
      { op: "acknowledge", by: due, request: due, digest },
    ];
    return steps.slice(0, length);
  });

/** Sequences of at most `length` steps. Each may shrink to none, so that a counter-example keeps only the steps it needs. */
export function sequence(length: number): fc.Arbitrary<readonly Step[]> {
  const some = fc.oneof({ weight: 7, arbitrary: operation.map((one) => [one]) }, { weight: 1, arbitrary: story });
  const steps = fc.tuple(some, wait).map(([list, seconds]) => list.map((one, index): Step => ({ ...one, wait: index === 0 ? seconds : 1 })));
  // Nothing happens without a study: most sequences begin with two.
  const first = [1, 2].map((by) => fc.option(fc.constant<readonly Step[]>([{ op: "register", by, study: by - 1, patient: by - 1, root: 1, wait: 1 }]), { freq: 20, nil: undefined }));
  const rest = fc.array(fc.option(steps, { freq: 1000, nil: undefined }), { minLength: length, maxLength: length });
  return fc.tuple(...first, rest).map((all) => all.flat(1).flatMap((one) => one ?? []).slice(0, length));
}

/** One line per step, for the reader of a counter-example. */
export const readable = (steps: readonly Step[]): string =>
  steps.map(({ op, wait: seconds, ...rest }, index) => `${index + 1}. after ${seconds} s ${op} ${Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`).join(" ")}`).join("\n");
