import test from "ava";
import { refused, reportCoverage } from "../support/chain.ts";
import { startWorld } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);

test("the roles have their numbers, and only the Council gives them", async (t) => {
  t.is(await w.read(w.authority, "COUNCIL"), 1n);
  t.is(await w.read(w.authority, "GUARDIAN"), 2n);
  t.is(await w.read(w.authority, "REVIEWER"), 3n);
  await refused(t, "AccessManagerUnauthorizedAccount", w.send(w.guardian, w.authority, "grantRole", [1n, w.guardian, 0]));
  await t.notThrowsAsync(w.send(w.council, w.authority, "grantRole", [3n, w.stranger, 0]));
});
