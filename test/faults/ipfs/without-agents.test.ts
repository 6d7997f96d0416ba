import { rm } from "node:fs/promises";
import test from "ava";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { eventually } from "../../../scripts/journey/expect.ts";
import { skipLoudly } from "../../support/skip.ts";
import { inventStudy, type StudyRow, wado } from "../support/study.ts";
import { foundIpfsTown } from "./support/ipfs-town.ts";
import { keeps, keptBy, share } from "./support/keepers.ts";

const programs = findIpfsPrograms();

test("a hospital's disk and its Kubo's blocks are lost and no other agent answers: the study comes back out of the other Kubos", async (t) => {
  if (programs === null) return skipLoudly(t, "Kubo and IPFS Cluster are not built (npm run engines)");
  t.timeout(480_000);
  const { seat, member, swarm, close } = await foundIpfsTown(programs, { hospitals: 3 });
  t.teardown(close);
  const a = seat(0);
  const { sent, root, study } = await share(a, inventStudy(12, 512));
  await keptBy(swarm, [root], 2, 60);
  await Promise.all([0, 1, 2].map((place) => seat(place).agent.child().kill()));
  // Without its cluster peer nothing brings the blocks back into this Kubo but the agent.
  await member(0).cluster().kill();
  await member(0).rpc(`pin/rm?arg=${root.toString()}`);
  await member(0).rpc("repo/gc");
  t.false(await keeps(member(0), root));
  await rm(a.dataDir, { recursive: true });
  await a.agent.start();
  const row = await eventually("the study", 240, async () => {
    const found = await a.as("clinician").get<StudyRow>(`/api/studies/${sent.uid}`).catch(() => null);
    return found?.state === "registered" ? found : null;
  });
  t.is(row.study, study);
  t.deepEqual(await wado(a.as("clinician"), sent.uid), sent.digests);
  // One block below it, lost later, comes back the same way.
  t.true(await a.agent.child().kill().then(() => true));
  await rm(`${a.dataDir}/blocks`, { recursive: true });
  await member(0).rpc("repo/gc");
  await a.agent.start();
  t.deepEqual(await eventually("readable again", 120, async () => {
    const seen = await wado(a.as("clinician"), sent.uid).catch(() => 503);
    return typeof seen === "number" ? null : seen;
  }), sent.digests);
});
