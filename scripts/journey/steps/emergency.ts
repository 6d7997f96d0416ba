import type { TypedData } from "../../../node-agent/src/model/typed-data.ts";
import { signTypedData } from "../../../node-agent/src/wallet/sign.ts";
import type { Reporter } from "../display.ts";
import { eventually, expect, expectEqual } from "../expect.ts";
import { wholeHistory } from "../history.ts";
import type { RequestAnswer, Shared, World } from "../world.ts";

/** Step 8b: the emergency is flagged where the patient and the regulator look. */
export async function flagged({ people }: World, { study }: Shared, request: RequestAnswer, report: Reporter): Promise<void> {
  for (const [who, client] of [["the patient", people.patientA], ["the regulator", people.auditorRegulator]] as const) {
    const event = await eventually(`the emergency in the view of ${who}`, 60, async () =>
      (await wholeHistory(client, `study=${study}`)).find((line) => line.kind === "AccessRequested" && line["request"] === request.id),
    );
    expectEqual(event["emergency"], true, `flag in the view of ${who}`);
  }
  const { requests } = await people.auditorRegulator.get<{ requests: RequestAnswer[] }>("/api/reviews?state=pending");
  expect(requests.some(({ id }) => id === request.id), "the regulator has it on the list of reviews");
  report.note("flagged for the patient and the regulator, waiting for review");
}

/** Step 8c: the regulator's reviewer finds it not justified and signs; the regulator's agent has no write path, so C's own agent relays. */
export async function reviewedUnjustified({ people, reviewer }: World, request: RequestAnswer, report: Reporter): Promise<void> {
  const prepared = await people.auditorRegulator.post<{ terms: unknown; typedData: TypedData }>("/api/reviews/prepare", { request: request.id, justified: false, reasons: "No emergency is documented in the record." });
  const signature = signTypedData(prepared.typedData, Buffer.from(reviewer.privateKey.slice(2), "hex"));
  const here = await people.auditorRegulator.problem("POST", "/api/reviews", { terms: prepared.terms, reviewer: reviewer.address, signature });
  expect(here.status >= 400, "the regulator's agent has no write path");
  await people.auditorC.post("/api/reviews", { terms: prepared.terms, reviewer: reviewer.address, signature });
  const reviewed = await eventually("the review in the regulator's view", 60, async () => {
    const now = await people.auditorRegulator.get<RequestAnswer>(`/api/requests/${request.id}`);
    return now.review === "notJustified" ? now : null;
  });
  expectEqual(reviewed.emergency, true, "it stays flagged");
  report.note("found not justified; signed by the reviewer, relayed by an agent that can write");
}
