import test from "ava";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { eventually } from "../../../scripts/journey/expect.ts";
import { skipLoudly } from "../../support/skip.ts";
import { inventStudy, stow, wado } from "../support/study.ts";
import { foundIpfsTown } from "./support/ipfs-town.ts";
import { keepers, keptBy, registered, share, type Shared } from "./support/keepers.ts";

const programs = findIpfsPrograms();

test("the lines between two halves are cut: each half goes on by itself, and when they are mended nothing is lost and both lists are one", async (t) => {
  if (programs === null) return skipLoudly(t, "Kubo and IPFS Cluster are not built (npm run engines)");
  t.timeout(900_000);
  const { seat, member, swarm, close } = await foundIpfsTown(programs, { hospitals: 4, replicas: 2, mostReplicas: 2, lines: true });
  t.teardown(close);
  const { lines } = swarm;
  if (lines === null) return t.fail("no lines to cut");
  const [left, right] = [[1, 2], [3, 4]];
  const half = (numbers: readonly number[]) => ({ ...swarm, members: swarm.members.filter((one) => numbers.includes(one.seat.member)) });
  const listOf = async (place: number): Promise<string[]> => {
    const text = await (await member(place).rest("GET", "/allocations?filter=pin")).text();
    return text.split("\n").filter((line) => line.trim() !== "").map((line) => (JSON.parse(line) as { cid: string }).cid).sort();
  };
  const before: Shared[] = [await share(seat(0), inventStudy(2, 256)), await share(seat(2), inventStudy(2, 256))];

  lines.part(left, right);
  const begun = performance.now();
  const connected = async (place: number): Promise<number> => ((await member(place).rpc<{ Peers: unknown[] | null }>("swarm/peers")).Peers ?? []).length;
  // A quarter of an hour of silence, or one word: whatever is under way over a dead line ends by its own patience.
  const inside: Shared[] = [];
  const uploads = [
    { place: 0, half: left, sent: [inventStudy(2, 256), inventStudy(3, 256)] },
    { place: 2, half: right, sent: [inventStudy(2, 256), inventStudy(3, 256)] },
  ];
  for (const { place, sent } of uploads) for (const one of sent) t.is((await stow(seat(place).as("clinician"), one.files)).status, 200);
  for (const { place, half: numbers, sent } of uploads)
    for (const one of sent) {
      const shared = await registered(seat(place), one, 300);
      inside.push(shared);
      await keptBy(half(numbers), [shared.root], 2, 180);
    }
  const apart = (performance.now() - begun) / 1000;
  for (const { half: numbers } of uploads) {
    const other = numbers === left ? right : left;
    const theirs = inside.filter(({ sent }) => !(uploads.find(({ half: one }) => one === numbers)?.sent ?? []).includes(sent));
    for (const { root } of theirs) t.deepEqual((await keepers(half(numbers), root)).length, 0, `no octet of it passed from ${other.join()} to ${numbers.join()}`);
  }
  for (const { sent } of [...before, ...inside].slice(0, 1)) t.deepEqual(await wado(seat(0).as("clinician"), sent.uid), sent.digests);

  lines.mendAll();
  const mended = performance.now();
  await eventually("one network again", 600, async () => ((await Promise.all([0, 1, 2, 3].map(connected))).every((count) => count === 3) ? true : null));
  const network = (performance.now() - mended) / 1000;
  const all = [...before, ...inside];
  const roots = all.map(({ root }) => root.toString()).sort();
  await eventually("one list at every peer", 300, async () => {
    const lists = await Promise.all([0, 1, 2, 3].map(listOf));
    return lists.every((list) => roots.every((root) => list.includes(root)) && list.join() === lists[0]?.join()) ? true : null;
  });
  const list = (performance.now() - mended) / 1000;
  await keptBy(swarm, all.map(({ root }) => root), 2, 300);
  let lost = 0;
  for (const [at, { sent }] of all.entries()) {
    const owner = at === 0 || (at >= 2 && at < 4) ? 0 : 2;
    const seen = await wado(seat(owner).as("clinician"), sent.uid);
    if (typeof seen === "number" || seen.join() !== sent.digests.join()) lost++;
  }
  t.log(`two halves of two apart for ${apart.toFixed(0)} s; 4 studies registered meanwhile, each at both of its half; connected again after ${network.toFixed(0)} s, one list after ${list.toFixed(0)} s; lost ${lost} of ${all.length}`);
  t.is(lost, 0);
});
