import test from "ava";
import type { ClusterStore, HospitalContext } from "../../../node-agent/src/flows/context.ts";
import { ipfsStatus } from "../../../node-agent/src/flows/ipfs-status.ts";
import { ipfsNote, ipfsTodo } from "../../../node-agent/src/flows/ipfs-todo.ts";
import { PinWatch } from "../../../node-agent/src/flows/pin-watch.ts";
import { thinStudies } from "../../../node-agent/src/flows/thin-studies.ts";
import { fault } from "../../../node-agent/src/model/fault.ts";
import { memberId } from "../../../node-agent/src/model/ids.ts";
import { Town } from "./support/room.ts";
import { onlyStudy, publish, slices, store } from "./support/studies.ts";

const [two, three] = [memberId(2), memberId(3)];

/** Three hospitals; the first has one registered study, kept by the second, and an IPFS whose watch is filled by hand. */
async function scene(t: { teardown(fn: () => Promise<void>): void }) {
  const town = new Town();
  t.teardown(() => town.close());
  await town.open(3, { replicas: 2 });
  const watch = new PinWatch();
  const cluster = { watch } as ClusterStore;
  const context: HospitalContext = { ...town.at(1), cluster };
  await store(context, slices(1));
  const study = await publish(town, town.at(1), onlyStudy(context).study);
  for (const { holder } of context.catalogue.pins({ study: study.study, owner: memberId(1) })) context.catalogue.deletePin(study.study, holder);
  const keep = (holder: typeof two): void => context.catalogue.putPin({ study: study.study, root: study.root ?? "0x", owner: memberId(1), holder } as Parameters<typeof context.catalogue.putPin>[0]);
  return { context, cluster, watch, study, keep };
}

test("a study with too few living holders is counted, and one with enough is not", async (t) => {
  const { context, study, keep } = await scene(t);
  t.deepEqual(thinStudies(context, new Set()), [{ study: study.study, have: 1, want: 2 }]);
  keep(two);
  t.deepEqual(thinStudies(context, new Set()), []);
  t.deepEqual(thinStudies(context, new Set([two])), [{ study: study.study, have: 1, want: 2 }], "its only other holder gives no sign");
  keep(three);
  t.deepEqual(thinStudies(context, new Set([two])), []);
});

test("all in order says nothing; everything else is said with what to do", async (t) => {
  const { context, cluster, watch, study } = await scene(t);
  t.deepEqual(ipfsTodo(context, cluster), []);
  t.is(ipfsNote(context), null);
  watch.seen({ thin: [{ study: study.study, have: 1, want: 2 }], silent: [two], failed: 3, oldestMs: 3_600_000, strangers: ["one"], registered: 2, connected: 1, lookedAt: context.clock.now() - 5000 });
  const todo = ipfsTodo(context, cluster);
  t.is(todo.length, 5);
  t.regex(todo.join("\n"), /1 study is kept by fewer institutions[^\n]*\n[^\n]*Hospital 2 \(member 2\)[^\n]*\n3 roots have[^\n]*\n[^\n]*60 minutes[^\n]*\n1 cluster peer that/u);
  t.regex(ipfsNote(context) ?? "", /and 4 other matters: `fiducial status`/u);
  const status = ipfsStatus(context);
  t.is(status?.lookedSecondsAgo, 5);
  t.deepEqual(status?.underReplicated, { count: 1, studies: [{ study: study.study, have: 1, want: 2 }] });
  t.deepEqual(status?.peers, { registered: 2, connected: 1, silent: [two], strangers: 1 });
  watch.failed(fault("IPFS_NOT_PRIVATE", { setting: "Bootstrap", why: "is not empty", also: [] }));
  t.regex(ipfsTodo(context, cluster)[0] ?? "", /Bootstrap/u);
  t.is(ipfsNote(context), null, "readiness has a check of its own for that");
  t.is(ipfsStatus({ ...context, cluster: null }), null);
});
