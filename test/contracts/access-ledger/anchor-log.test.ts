import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { fresh, startWorld, zero32 } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const anchor = (prev: string, root: string, size: number, from = w.operator(1)) => w.send(from, w.access, "anchorLog", [prev, root, size]);

test.serial("a log only grows, from where it was", async (t) => {
  const [first, second] = [fresh(), fresh()];
  t.deepEqual(await w.read(w.access, "anchor", [1]), [zero32, 0n]);
  emitted(t, await anchor(zero32, first, 5), "LogAnchored", { member: 1, prevRoot: zero32, root: first, size: 5n });
  t.deepEqual(await refused(t, "AnchorDetached", anchor(zero32, second, 6)), [1, first, 5n]);
  await refused(t, "AnchorDetached", anchor(first, second, 5));
  await refused(t, "AnchorDetached", anchor(first, zero32, 6));
  await anchor(first, second, 6);
  t.deepEqual(await w.read(w.access, "anchor", [1]), [second, 6n]);
});

test.serial("each hospital has its own; strangers have none; the brake holds", async (t) => {
  await t.notThrowsAsync(anchor(zero32, fresh(), 1, w.operator(2)));
  await refused(t, "CallerNotActiveHospital", anchor(zero32, fresh(), 1, w.stranger));
  await w.pause(w.access);
  await refused(t, "WritesArePaused", anchor(zero32, fresh(), 1, w.operator(3)));
});
