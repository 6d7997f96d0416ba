import test from "ava";
import { refused, reportCoverage } from "../support/chain.ts";
import { profile, startWorld } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);

test("a member is read whole; an unknown one is refused", async (t) => {
  t.deepEqual(await w.read(w.members, "profile", [2]), profile("hospital-2"));
  t.deepEqual(await w.read(w.members, "nodes", [2]), []);
  t.is(await w.read(w.members, "memberCount"), 5);
  t.is(await w.read(w.members, "epoch"), 5n);
  t.deepEqual(await w.read(w.members, "memberOf", [w.stranger]), [0, 0, 0]);
  t.deepEqual(await w.read(w.members, "memberOf", [w.governor(1)]), [0, 0, 0]);
  t.false(await w.read(w.members, "isActiveHospital", [0]));
  for (const view of ["member", "profile", "nodes", "operators"]) {
    for (const id of [0, 6]) t.deepEqual(await refused(t, "MemberUnknown", w.read(w.members, view, [id])), [id]);
  }
});
