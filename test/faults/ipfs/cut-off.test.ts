import test from "ava";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { eventually } from "../../../scripts/journey/expect.ts";
import { skipLoudly } from "../../support/skip.ts";
import { inventStudy, stow, wado } from "../support/study.ts";
import { foundIpfsTown } from "./support/ipfs-town.ts";
import { keptBy, registered, share } from "./support/keepers.ts";

const programs = findIpfsPrograms();

test("institutions that hear and say nothing: with one cut off studies still find two, with all others cut off they wait, and go on when the line is back", async (t) => {
  if (programs === null) return skipLoudly(t, "Kubo and IPFS Cluster are not built (npm run engines)");
  t.timeout(480_000);
  const { seat, member, swarm, close } = await foundIpfsTown(programs, { hospitals: 3, replicas: 2, mostReplicas: 2 });
  t.teardown(close);
  const freeze = (place: number): void => [member(place).kubo(), member(place).cluster()].forEach((daemon) => void daemon.freeze());
  const thaw = (place: number): void => [member(place).kubo(), member(place).cluster()].forEach((daemon) => void daemon.thaw());
  const first = await share(seat(0), inventStudy(2, 256));

  // Connections stay open, nothing moves on them: what a dropped line looks like from the other side.
  freeze(1);
  const second = await share(seat(0), inventStudy(2, 256), 240);
  await keptBy({ ...swarm, members: swarm.members.filter((one) => one !== member(1)) }, [second.root], 2, 120);

  freeze(2);
  const third = inventStudy(2, 256);
  t.is((await stow(seat(0).as("clinician"), third.files)).status, 200);
  await eventually("it says that copies are missing", 120, async () => {
    const { failures } = await seat(0).as("clinician").get<{ failures: { flow: string; code: string }[] }>("/api/status");
    return failures.some(({ flow, code }) => flow === "shareStudy" && ["REPLICAS_UNREACHABLE", "IPFS_UNREACHABLE"].includes(code)) ? true : null;
  });
  const waiting = await seat(0).as("clinician").get<{ state: string }>(`/api/studies/${third.uid}`);
  t.not(waiting.state, "registered", "one copy is not two");
  for (const { sent } of [first, second]) t.deepEqual(await wado(seat(0).as("clinician"), sent.uid), sent.digests);
  t.deepEqual(await wado(seat(0).as("clinician"), third.uid), third.digests);

  thaw(1);
  thaw(2);
  const late = await registered(seat(0), third, 240);
  await keptBy(swarm, [first.root, second.root, late.root], 2, 240);
  for (const { sent } of [first, second, late]) t.deepEqual(await wado(seat(0).as("clinician"), sent.uid), sent.digests);
  t.log("3 studies through two cuts; lost 0");
});
