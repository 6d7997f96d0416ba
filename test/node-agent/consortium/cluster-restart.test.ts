import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import fc from "fast-check";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { openIpfsAdmin } from "../../../node-agent/src/blocks/ipfs/admin.ts";
import { openPinning } from "../../../node-agent/src/blocks/ipfs/pinning.ts";
import { followRestarts, isTurn } from "../../../node-agent/src/consortium/cluster-restart.ts";
import type { ClusterTrust, IpfsAdmin } from "../../../node-agent/src/ports/ipfs-admin.ts";
import { foundSwarm } from "../../network/ipfs/support/swarm.ts";
import { skipLoudly } from "../../support/skip.ts";

const never = new AbortController().signal;
const minute = 60_000;

test("of members that know the same peers exactly one has the turn, and each gets one", (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 9 }), fc.nat(1e12), (peers, now) => {
      const others = (own: string): string[] => peers.filter((one) => one !== own);
      t.is(peers.filter((own) => isTurn(own, others(own), now)).length, 1);
      for (const own of peers) t.true(peers.some((_one, at) => isTurn(own, others(own), now + at * minute)));
    }),
  );
});

const trustOf = (...peers: string[]): ClusterTrust => ({ trusted: peers, addresses: peers.map((peer) => `/ip4/10.0.0.1/tcp/9096/p2p/${peer}`) });

/** A cluster peer of which it is only counted how often it was started, and which of `b` and `c` are there. */
function scene(command = true) {
  const state = { loaded: null as string | null, starts: 0, fails: false, now: 0, peers: ["b", "c"] };
  const admin = {
    loaded: async () => state.loaded,
    async writeLoaded(digest: string) {
      state.loaded = digest;
    },
    restart: command
      ? async () => {
          state.starts++;
          if (state.fails) throw new Error("no such unit");
        }
      : null,
  } as unknown as IpfsAdmin;
  const make = () => followRestarts({ admin, clock: { now: () => state.now, sleep: async () => {} }, pinning: { identity: async () => ({ cluster: "a", kubo: "k", clusterPeers: ["a", ...state.peers] }) } });
  return { state, make };
}

test("nothing is started without need; a change is, in our turn, once, and also when the agent died in between", async (t) => {
  const { state, make } = scene();
  const restarts = make();
  const [old, fresh] = [trustOf("b", "c"), trustOf("b", "c", "new")];
  t.deepEqual(await restarts.follow(old, never), { done: [], notes: [] });
  await restarts.noteBefore(old);
  // The agent dies here; its next life finds a changed file.
  const next = make();
  for (; !isTurn("a", ["b", "c", "new"], state.now); state.now += minute) t.regex((await next.follow(fresh, never)).notes[0] ?? "", /its turn/u);
  t.is(state.starts, 0);
  const { done } = await next.follow(fresh, never);
  t.is(done.length, 1);
  t.is(state.starts, 1);
  t.deepEqual(await next.follow(fresh, never), { done: [], notes: [] });
  t.is(state.starts, 1);
});

test("it waits for a peer that was there lately, not for a newcomer, and not for ever", async (t) => {
  const { state, make } = scene();
  const restarts = make();
  await restarts.follow(trustOf("b", "c"), never);
  const fresh = trustOf("b", "c", "new");
  const turn = (): void => {
    while (!isTurn("a", ["b", "c", "new"], state.now)) state.now += minute;
  };
  while (isTurn("a", ["b", "c", "new"], state.now)) state.now += minute;
  await restarts.follow(fresh, never);
  state.peers = ["b"];
  turn();
  t.regex((await restarts.follow(fresh, never)).notes[0] ?? "", /waits until c is back/u);
  t.is(state.starts, 0);
  state.now += 3_600_000;
  turn();
  t.is((await restarts.follow(fresh, never)).done.length, 1);
});

test("a command that fails is tried once in a turn; without a command it is said what to do", async (t) => {
  const { state, make } = scene();
  const restarts = make();
  await restarts.follow(trustOf("b"), never);
  state.fails = true;
  while (!isTurn("a", ["b", "c"], state.now)) state.now += minute;
  await t.throwsAsync(restarts.follow(trustOf("b", "c"), never), { message: /no such unit/u });
  t.regex((await restarts.follow(trustOf("b", "c"), never)).notes[0] ?? "", /next turn/u);
  t.is(state.starts, 1);
  const manual = scene(false);
  const byHand = manual.make();
  await byHand.follow(trustOf("b"), never);
  t.regex((await byHand.follow(trustOf("b", "c"), never)).notes[0] ?? "", /start the cluster peer again.*when every other institution's cluster peer is connected/u);
  manual.state.loaded = null;
  t.deepEqual(await byHand.follow(trustOf("b", "c"), never), { done: [], notes: [] }, "whoever did it has removed the mark");
});

test("a real cluster peer is started again by the command, and is waited for until it answers", async (t) => {
  const programs = findIpfsPrograms();
  if (programs === null) return skipLoudly(t, "Kubo and IPFS Cluster are not built (npm run engines)");
  t.timeout(240_000);
  const swarm = await foundSwarm(programs, { members: 2 });
  t.teardown(swarm.close);
  const [one] = swarm.members;
  if (one === undefined) return t.fail();
  const pinning = openPinning({ kuboUrl: one.rpcUrl, clusterUrl: one.restUrl, user: one.seat.restUser, password: one.seat.restPassword, now: Date.now });
  t.teardown(() => pinning.close());
  const before = one.cluster().pid;
  // The part of a supervisor: what ends is started again.
  const again = one.cluster().gone.then(() => one.startCluster());
  const serviceFile = join(one.seat.dir, "cluster", "service.json");
  const ends = `kill -TERM ${before}; while kill -0 ${before} 2>/dev/null; do sleep 0.1; done`;
  const admin = openIpfsAdmin({ kuboUrl: one.rpcUrl, serviceFile, signal: never, restart: ["/bin/sh", "-c", ends], pinning });
  t.teardown(() => admin.close());
  t.is(await admin.loaded(), null);
  await admin.writeLoaded("what it has read");
  t.is(await admin.loaded(), "what it has read");
  const trust = await admin.trust();
  await admin.writeTrust({ trusted: [], addresses: trust?.addresses ?? [] });
  await admin.restart?.(never);
  t.is((await pinning.identity(AbortSignal.timeout(10_000))).cluster, one.seat.cluster.peerId);
  t.not((await again).pid, before);
  t.deepEqual((JSON.parse(await readFile(serviceFile, "utf8")) as { consensus: { crdt: { trusted_peers: string[] } } }).consensus.crdt.trusted_peers, [], "the peer has left its new file as it is");
  const broken = openIpfsAdmin({ kuboUrl: one.rpcUrl, serviceFile, signal: never, restart: ["/bin/sh", "-c", "exit 5"], pinning });
  t.teardown(() => broken.close());
  await t.throwsAsync(broken.restart?.(never) ?? sleep(0), { message: /ended with 5/u });
});
