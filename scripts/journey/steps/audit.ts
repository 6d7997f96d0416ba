import type { Reporter } from "../display.ts";
import { eventually, expect, expectEqual } from "../expect.ts";
import { wholeHistory } from "../history.ts";
import type { Shared, World } from "../world.ts";

/** What the study's history must hold by now, in this order. */
const mustHold = ["StudyRegistered", "AccessRequested", "ConsentGranted", "AccessRequested", "KeyDelivered", "AccessAcknowledged", "ConsentRevoked", "AccessRequested", "AccessRequested", "KeyDelivered", "AccessAcknowledged", "AccessReviewed"];

/** Step 9: the regulator's agent lists the same complete history as A's agent, each from its own index. */
export async function sameHistory({ people }: World, { study }: Shared, report: Reporter): Promise<void> {
  const own = await wholeHistory(people.auditorA, `study=${study}`);
  const theirs = await eventually("the regulator's index to catch up", 20, async () => {
    const events = await wholeHistory(people.auditorRegulator, `study=${study}`);
    return events.length >= own.length ? events : null;
  });
  expectEqual(theirs, own, "history of the study at the regulator and at A");
  let at = 0;
  for (const { kind } of own) if (kind === mustHold[at]) at++;
  expect(at === mustHold.length, `the history misses ${mustHold[at]} (it has ${own.map(({ kind }) => kind).join(", ")})`);
  const status = await people.auditorRegulator.get<{ role: string }>("/api/status");
  expectEqual(status.role, "observer", "role of the regulator's agent");
  report.note(`${own.length} events, equal line by line`);
}
