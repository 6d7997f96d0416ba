import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startWorld } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);

test.serial("the guardian brakes, only the Council releases, each once", async (t) => {
  for (const [name, target] of Object.entries(w.contracts)) {
    if (name === "authority") continue;
    await refused(t, "AccessManagedUnauthorized", w.send(w.council, target, "pause"));
    t.false(await w.read(target, "writesPaused"));
    emitted(t, await w.pause(target), "WritesPaused", { by: w.guardian });
    t.true(await w.read(target, "writesPaused"), name);
    t.deepEqual(await refused(t, "PauseUnchanged", w.pause(target)), [true]);
    await refused(t, "AccessManagedUnauthorized", w.send(w.guardian, target, "resume"));
    emitted(t, await w.send(w.council, target, "resume"), "WritesResumed", { by: w.council });
    t.false(await w.read(target, "writesPaused"), name);
    t.deepEqual(await refused(t, "PauseUnchanged", w.send(w.council, target, "resume")), [false]);
  }
});
