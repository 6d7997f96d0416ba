import { Unexpected } from "../api-client.ts";
import type { Reporter } from "../display.ts";
import { eventually, expectEqual } from "../expect.ts";
import { wholeHistory } from "../history.ts";
import type { Shared, World } from "../world.ts";

/** What the study's history must hold by now, in this order. */
const mustHold = ["StudyRegistered", "AccessRequested", "ConsentGranted", "AccessRequested", "KeyDelivered", "AccessAcknowledged", "ConsentRevoked", "AccessRequested", "AccessRequested", "KeyDelivered", "AccessAcknowledged", "AccessReviewed"];

/** Step 9: the regulator's agent lists the same complete history as A's agent, each from its own index. */
export async function sameHistory({ people }: World, { study }: Shared, report: Reporter): Promise<void> {
  // The review was relayed by C: A's agent reads it from the chain like everybody else.
  const own = await eventually("A's index to hold every event up to the review", 60, async () => {
    const events = await wholeHistory(people.auditorA, `study=${study}`);
    let at = 0;
    for (const { kind } of events) if (kind === mustHold[at]) at++;
    if (at < mustHold.length) throw new Unexpected(`the history misses ${mustHold[at]} (it has ${events.map(({ kind }) => kind).join(", ")})`);
    return events;
  });
  const theirs = await eventually("the regulator's index to catch up", 60, async () => {
    const events = await wholeHistory(people.auditorRegulator, `study=${study}`);
    return events.length >= own.length ? events : null;
  });
  expectEqual(theirs, own, "history of the study at the regulator and at A");
  const status = await people.auditorRegulator.get<{ role: string }>("/api/status");
  expectEqual(status.role, "observer", "role of the regulator's agent");
  report.note(`${own.length} events, equal line by line`);
}
