import test from "ava";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { eventually } from "../../../scripts/journey/expect.ts";
import { skipLoudly } from "../../support/skip.ts";
import { inventStudy, stow, wado } from "../support/study.ts";
import { foundIpfsTown, type IpfsTown } from "./support/ipfs-town.ts";
import { keptBy, registered, share, type Shared, statusOf } from "./support/keepers.ts";

/** Four hospitals, two copies of each study. A Kubo, a cluster peer, then both of one member are killed and stay away. */
const programs = findIpfsPrograms();
const missing = "Kubo and IPFS Cluster are not built (npm run engines)";
let place: IpfsTown | null = null;
test.before(async () => {
  if (programs !== null) place = await foundIpfsTown(programs, { hospitals: 4, replicas: 2, mostReplicas: 2 });
});
test.after.always(() => place?.close());

/** Members that keep any of the studies, other than the first. */
const others = (kept: readonly number[][]): number[] => [...new Set(kept.flat())].filter((member) => member !== 1);

async function intact(shared: readonly Shared[]): Promise<number> {
  let lost = 0;
  for (const { sent } of shared) {
    const seen = await wado((place as IpfsTown).seat(0).as("clinician"), sent.uid);
    if (typeof seen === "number" || seen.join() !== sent.digests.join()) lost++;
  }
  return lost;
}

test.serial("only the Kubo of a keeper dies: the cluster never notices, the custodian's agent places its studies anew", async (t) => {
  if (place === null) return skipLoudly(t, missing);
  t.timeout(420_000);
  const { swarm, seat } = place;
  const shared: Shared[] = [];
  for (let n = 0; n < 4; n++) shared.push(await share(seat(0), inventStudy(2, 256)));
  const roots = shared.map(({ root }) => root);
  const before = await keptBy(swarm, roots, 2, 60);
  const [victim = 0] = others(before);
  const hit = before.filter((list) => list.includes(victim)).length;
  const member = place.member(victim - 1);
  const begun = performance.now();
  await member.kubo().kill();
  const after = await keptBy(swarm, roots, 2, 300);
  const told = await eventually("the custodian's status names the silent one", 120, async () => {
    const { ipfs } = await seat(0).as("clinician").get<{ ipfs: { error: string | null; peers: { silent: number[]; registered: number }; todo: string[] } }>("/api/status");
    return ipfs.peers.silent.length > 0 ? ipfs : null;
  });
  t.is(told.error, null);
  t.is(told.peers.registered, 3);
  t.deepEqual(told.peers.silent, [victim]);
  t.true(told.todo.some((one) => one.includes(`member ${victim}`)), told.todo.join("\n"));
  t.true(after.every((list) => !list.includes(victim)), "two living Kubos keep each");
  t.log(`Kubo of one member killed: ${hit} of ${roots.length} studies had a copy there; all at two institutions again after ${((performance.now() - begun) / 1000).toFixed(1)} s; lost ${await intact(shared)}`);
  t.is(await intact(shared), 0);
  await member.startKubo();
});

test.serial("only the cluster peer of a keeper dies: what its Kubo keeps is placed at others", async (t) => {
  if (place === null) return skipLoudly(t, missing);
  t.timeout(420_000);
  const { swarm, seat } = place;
  const shared: Shared[] = [];
  for (let n = 0; n < 3; n++) shared.push(await share(seat(0), inventStudy(2, 256)));
  const roots = shared.map(({ root }) => root);
  const before = await keptBy(swarm, roots, 2, 60);
  const [victim = 0] = others(before);
  const member = place.member(victim - 1);
  const begun = performance.now();
  await member.cluster().kill();
  await eventually("two living peers for each", 300, async () => {
    const now = await Promise.all(roots.map((root) => statusOf(swarm, (place as IpfsTown).member(0), root)));
    return now.every((status) => [...status].filter(([who, state]) => who !== victim && state === "pinned").length >= 2) ? true : null;
  });
  t.log(`cluster peer of one member killed: all at two living peers after ${((performance.now() - begun) / 1000).toFixed(1)} s; lost ${await intact(shared)}`);
  t.is(await intact(shared), 0);
  await member.startCluster();
});

test.serial("both of the custodian's own die: uploads are taken and kept, reads are served, all is placed when they are back", async (t) => {
  if (place === null) return skipLoudly(t, missing);
  t.timeout(420_000);
  const { seat, member, swarm } = place;
  const earlier = await share(seat(0), inventStudy(2, 256));
  await Promise.all([member(0).kubo().kill(), member(0).cluster().kill()]);
  const sent = inventStudy(3, 256);
  t.is((await stow(seat(0).as("clinician"), sent.files)).status, 200);
  t.deepEqual(await wado(seat(0).as("clinician"), sent.uid), sent.digests);
  t.deepEqual(await wado(seat(0).as("clinician"), earlier.sent.uid), earlier.sent.digests);
  const state = await eventually("an attempt that failed", 60, async () => {
    const status = await seat(0).as("clinician").get<{ failures: { flow: string; code: string }[] }>("/api/status");
    return status.failures.find(({ flow }) => flow === "shareStudy") ?? null;
  });
  t.is(state.code, "IPFS_UNREACHABLE");
  await eventually("not ready, and said so", 90, async () => ((await (await fetch(`${seat(0).agent.ready().ops}/readyz`)).text()).includes("ipfs") ? true : null));
  await member(0).startKubo();
  await member(0).startCluster();
  const late = await registered(seat(0), sent, 240);
  await keptBy(swarm, [late.root, earlier.root], 2, 120);
  await eventually("ready again", 90, async () => ((await fetch(`${seat(0).agent.ready().ops}/readyz`)).status === 200 ? true : null));
  t.is(await intact([late, earlier]), 0);
});
