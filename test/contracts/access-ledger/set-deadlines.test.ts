import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startWorld } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const set = (delivery: number, emergency: number, from = w.council) => w.send(from, w.access, "setDeadlines", [delivery, emergency]);

test.serial("the Council changes the time to deliver within bounds", async (t) => {
  emitted(t, await set(3600, 60), "DeadlinesChanged", { delivery: 3600, emergencyDelivery: 60 });
  t.deepEqual(await w.read(w.access, "deadlines"), [3600, 60]);
  for (const [delivery, emergency] of [[0, 1], [30 * 86_400 + 1, 1], [1, 0], [1, 30 * 86_400 + 1]] as const) {
    await refused(t, "ParameterOutOfBounds", set(delivery, emergency));
  }
  for (const [delivery, emergency] of [[1, 1], [30 * 86_400, 30 * 86_400]] as const) await t.notThrowsAsync(set(delivery, emergency));
  await refused(t, "AccessManagedUnauthorized", set(1, 1, w.operator(1)));
});
