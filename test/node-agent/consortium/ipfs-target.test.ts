import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { openIpfsAdmin } from "../../../node-agent/src/blocks/ipfs/admin.ts";
import { createIpfsTarget } from "../../../node-agent/src/consortium/ipfs-target.ts";
import { isFault } from "../../../node-agent/src/model/fault.ts";
import { address, digest, memberId } from "../../../node-agent/src/model/ids.ts";
import type { MemberStatus, MemberView } from "../../../node-agent/src/model/ledger-views.ts";
import { eventually } from "../../../scripts/journey/expect.ts";
import { foundSwarm, inventSeat, type Member } from "../../network/ipfs/support/swarm.ts";
import { skipLoudly } from "../../support/skip.ts";

const programs = findIpfsPrograms();
const clock = { now: Date.now, sleep: async (ms: number) => await sleep(ms) };
const nobody = address(`0x${"00".repeat(20)}`);
const none = digest(`0x${"00".repeat(32)}`);

const memberOf = ({ member, kubo, cluster }: Member["seat"], status: MemberStatus = "active"): MemberView => ({
  id: memberId(member),
  kind: "hospital",
  status,
  governor: nobody,
  operators: [],
  profile: { displayName: `Hospital ${member}`, endpoint: "", openpgpSha256: none, spkiSha256: none },
  nodes: [{ enodeKey: `0x${"00".repeat(64)}`, host: "127.0.0.1", port: 30303, validator: false, ipfsPeerId: kubo.peerId, clusterPeerId: cluster.peerId }],
});

test("a member that is admitted is peered with and trusted; one that is expelled is let go, by a real Kubo and in the cluster peer's file", async (t) => {
  if (programs === null) return skipLoudly(t, "Kubo and IPFS Cluster are not built (npm run engines)");
  const swarm = await foundSwarm(programs, { members: 3 });
  t.teardown(swarm.close);
  const [one, two, three] = swarm.members;
  if (one === undefined || two === undefined || three === undefined) return t.fail();
  const serviceFile = join(one.seat.dir, "cluster", "service.json");
  const admin = openIpfsAdmin({ kuboUrl: one.rpcUrl, serviceFile, signal: new AbortController().signal });
  t.teardown(() => admin.close());
  const target = createIpfsTarget({ admin, swarmPort: 4001, clusterPort: 9096, clock, pinning: { identity: async () => ({ cluster: one.seat.cluster.peerId, kubo: one.seat.kubo.peerId, clusterPeers: [] }) } });
  const fresh = await inventSeat(swarm.dir, 4);
  const at = (members: readonly MemberView[]) => ({ self: memberId(1), block: 9, members });
  const signal = AbortSignal.timeout(60_000);
  const connected = async (): Promise<string[]> => ((await one.rpc<{ Peers: { Peer: string }[] | null }>("swarm/peers")).Peers ?? []).map(({ Peer }) => Peer).sort();

  const all = [one.seat, two.seat, three.seat].map((seat) => memberOf(seat));
  const quiet = await target.reconcile(at(all), { removals: true }, signal);
  t.deepEqual(quiet, { drift: [], done: [], notes: [] }, "nothing to do where all is as decided");

  const joined = await target.reconcile(at([...all, memberOf(fresh)]), { removals: true }, signal);
  t.is(joined.done.length, 2);
  t.regex(joined.notes[0] ?? "", /start the cluster peer again/u);
  t.deepEqual((await admin.kept()).find(({ peer }) => peer === fresh.kubo.peerId)?.addresses, ["/ip4/127.0.0.1/tcp/4001"]);
  const trusted = await admin.trust();
  t.true(trusted?.trusted.includes(fresh.cluster.peerId));
  t.true(trusted?.addresses.includes(`/ip4/127.0.0.1/tcp/9096/p2p/${fresh.cluster.peerId}`));

  // While the chain is not read to its end nobody is cut off.
  const expelled = [memberOf(one.seat), memberOf(two.seat), memberOf(three.seat, "expelled"), memberOf(fresh)];
  const held = await target.reconcile(at(expelled), { removals: false }, signal);
  t.deepEqual(held.done, []);
  t.deepEqual(held.drift.map(({ subject }) => subject).sort(), [three.seat.kubo.peerId, three.seat.cluster.peerId].sort());
  const gone = await target.reconcile(at(expelled), { removals: true }, signal);
  t.is(gone.done.length, 2);
  t.false((await admin.kept()).some(({ peer }) => peer === three.seat.kubo.peerId));
  t.deepEqual((await admin.trust())?.trusted.toSorted(), [two.seat.cluster.peerId, fresh.cluster.peerId].toSorted());
  t.true((await readFile(serviceFile, "utf8")).includes(swarm.network.clusterSecret), "the rest of the file stays");

  // It still keeps us as its peer and comes back; it is sent away each time it is seen.
  await three.rpc(`swarm/connect?arg=/ip4/127.0.0.1/tcp/${one.seat.ports.swarm}/p2p/${one.seat.kubo.peerId}`);
  await eventually("the expelled one is gone", 30, async () => {
    await target.reconcile(at(expelled), { removals: true }, signal);
    return (await connected()).includes(three.seat.kubo.peerId) ? null : true;
  });
  // What was written outlives a restart of Kubo.
  await one.kubo().stop();
  await one.startKubo();
  t.true((await admin.kept()).some(({ peer }) => peer === fresh.kubo.peerId));

  const lost = openIpfsAdmin({ kuboUrl: one.rpcUrl, serviceFile: join(swarm.dir, "nowhere.json"), signal });
  t.teardown(() => lost.close());
  t.true(isFault(await t.throwsAsync(lost.trust()), "IPFS_FILE_UNUSABLE"));
});
