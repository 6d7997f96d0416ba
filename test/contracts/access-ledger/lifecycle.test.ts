import test from "ava";
import fc from "fast-check";
import { decodeErrorResult, type Hex } from "viem";
import { consortiumErrorsAbi } from "../../../node-agent/src/ledger/abi.generated.ts";
import { ask, reason, requestOf, state, verdict } from "../support/access.ts";
import { reportCoverage, revertData } from "../support/chain.ts";
import { grant, revoke } from "../support/consents.ts";
import { fresh, purpose, startWorld, type StudyOf } from "../support/world.ts";

const delivery = 100;
const w = await startWorld({ delivery, emergencyDelivery: delivery, credit: { misusePenalty: 0, missedPenalty: 0 } });
reportCoverage(test);

/** The rules once more, as plainly as they can be said: what stands, and what each step may do to it. */
type Model = { id: Hex; requester: number; emergency: boolean; state: number; review: number; dueBy: number };
type Standing = Map<number, "granted" | "revoked">;

const steps = ["grant", "revoke", "ask", "emergency", "deliver", "acknowledge", "disputeByRequester", "disputeByCustodian", "expire", "review", "wait"] as const;
const command = fc.record({ step: fc.constantFrom(...steps), requester: fc.integer({ min: 2, max: 3 }), pick: fc.nat({ max: 3 }) });

/** The error a step ends with, or "" when it goes through. */
async function outcomeOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error === undefined) return "";
  const data = revertData(error);
  if (data === undefined) throw error;
  return decodeErrorResult({ abi: consortiumErrorsAbi, data }).errorName;
}

const stateError = (ok: boolean) => (ok ? "" : "RequestStateUnexpected");

/** What the rules say a step ends with; changes the model when it goes through. */
function predict(step: string, request: Model, standing: Standing, now: number): string {
  const { Granted, Delivered, Acknowledged, Disputed, Expired } = state;
  const stands = request.emergency || standing.get(request.requester) === "granted";
  const move = (allowed: boolean, to: number, otherwise = stateError(allowed)): string => {
    if (allowed && otherwise === "") request.state = to;
    return otherwise;
  };
  switch (step) {
    case "deliver":
      return move(request.state === Granted, Delivered, request.state !== Granted ? "RequestStateUnexpected" : stands ? "" : "ConsentLapsed");
    case "acknowledge":
      return move(request.state === Delivered, Acknowledged);
    case "expire":
      return move(request.state === Granted, Expired, request.state !== Granted ? "RequestStateUnexpected" : now > request.dueBy ? "" : "NotYetDue");
    case "review": {
      if (request.review !== verdict.Pending) return "ReviewNotPending";
      request.review = verdict.Unjustified;
      return "";
    }
    default: {
      const allowed = request.state === Delivered || (step === "disputeByCustodian" && request.state === Acknowledged);
      if (allowed && !request.emergency) request.review = verdict.Pending;
      return move(allowed, Disputed);
    }
  }
}

function perform(step: string, { id, requester }: Model): Promise<unknown> {
  const by = (member: number, name: string, args: readonly unknown[]) => w.send(w.operator(member), w.access, name, args);
  switch (step) {
    case "deliver":
      return by(1, "deliver", [id, fresh()]);
    case "acknowledge":
      return by(requester, "acknowledge", [id, fresh()]);
    case "expire":
      return by(4, "expire", [id]);
    case "review":
      return w.send(w.reviewer, w.access, "review", [id, false, fresh()]);
    default:
      return by(step === "disputeByCustodian" ? 1 : requester, "dispute", [id, 0]);
  }
}

async function open(study: StudyOf, requester: number, emergency: boolean, standing: Standing): Promise<{ model: Model; expected: number }> {
  const { id } = await ask(w, study.id, requester, emergency ? purpose.ETREAT : purpose.TREAT);
  const own = standing.get(requester);
  const why = emergency || own === "granted" ? reason.None : own === "revoked" ? reason.ConsentRevoked : reason.NoConsent;
  const granted = why === reason.None;
  const model: Model = {
    id,
    requester,
    emergency,
    state: granted ? state.Granted : state.Denied,
    review: emergency ? verdict.Pending : verdict.None,
    dueBy: granted ? (await w.now()) + delivery : 0,
  };
  return { model, expected: why };
}

/** Meets every step both allowed and refused; the random runs come on top. */
const tour = [
  ...["ask", "deliver", "acknowledge", "expire", "review", "disputeByRequester", "disputeByCustodian"],
  ...["emergency", "expire", "wait", "expire", "review", "review"],
  ...["grant", "ask", "deliver", "disputeByRequester", "emergency", "deliver", "acknowledge", "disputeByCustodian"],
].map((step) => ({ step: step as (typeof steps)[number], requester: 2, pick: 0 }));

test("whatever the order of steps, the ledger does what the rules say", async (t) => {
  const seen = new Set<string>();
  const property = fc.asyncProperty(fc.array(command, { minLength: 10, maxLength: 25 }), async (commands) => {
    const study = await w.register(1);
    const standing: Standing = new Map();
    const requests: Model[] = [];
    for (const { step, requester, pick } of commands) {
      if (step === "wait") await w.sleep(delivery + 1);
      else if (step === "grant") standing.set((await grant(w, study, { grantee: requester })) && requester, "granted");
      else if (step === "revoke") standing.set((await revoke(w, study, requester)) && requester, "revoked");
      else if (step === "ask" || step === "emergency") {
        const { model, expected } = await open(study, requester, step === "emergency", standing);
        requests.push(model);
        t.is((await requestOf(w, model.id)).reason, expected);
      } else {
        const request = requests.at(-1 - pick) ?? requests.at(-1);
        if (request === undefined) continue;
        const got = await outcomeOf(perform(step, request));
        const expected = predict(step, request, standing, await w.now());
        seen.add(`${step}: ${got}`);
        t.is(got, expected, `${step} in state ${request.state}`);
        t.like(await requestOf(w, request.id), { state: request.state, review: request.review });
      }
    }
  });
  await fc.assert(property, { numRuns: 60, examples: [[tour]] });
  // The run has to have met every step both allowed and refused, or it has shown little.
  for (const step of steps.slice(4, 10)) t.true(seen.has(`${step}: `) && [...seen].some((line) => line.startsWith(`${step}: `) && !line.endsWith(" ")), step);
});
