import { readFile } from "node:fs/promises";
import test from "ava";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { eventually } from "../../../scripts/journey/expect.ts";
import { skipLoudly } from "../../support/skip.ts";
import { inventStudy, stow, wado } from "../support/study.ts";
import { foundIpfsTown } from "./support/ipfs-town.ts";
import { keeps, keptBy, share } from "./support/keepers.ts";

const programs = findIpfsPrograms();

test("a folder with room for nothing gives its studies up to Kubo and is read on; the sweep leaves what is kept, and what nobody has named yet", async (t) => {
  if (programs === null) return skipLoudly(t, "Kubo and IPFS Cluster are not built (npm run engines)");
  t.timeout(480_000);
  const { seat, member, swarm, close } = await foundIpfsTown(programs, { hospitals: 2, folderBytes: 1 });
  t.teardown(close);
  const a = seat(0);
  const shared = [await share(a, inventStudy(3, 512)), await share(a, inventStudy(2, 512))];
  const roots = shared.map(({ root }) => root);
  await keptBy(swarm, roots, 2, 60);
  // A root that is on no list and on no chain: somebody may be about to register it.
  const form = new FormData();
  form.append("data", new Blob([Buffer.from("nobody has named this yet")]));
  const put = await fetch(`${member(0).rpcUrl}/api/v0/block/put?cid-codec=raw&mhtype=sha2-256&pin=true`, { method: "POST", body: form });
  const { Key: fresh } = (await put.json()) as { Key: string };
  await eventually("the folder gives them up", 240, async () => ((await readFile(a.log, "utf8")).includes("studies are kept by Kubo alone") ? true : null));
  // Uploaded while nothing may stay, and read in the middle of it.
  const late = inventStudy(3, 512);
  t.is((await stow(a.as("clinician"), late.files)).status, 200);
  t.deepEqual(await wado(a.as("clinician"), late.uid), late.digests);
  for (const { sent } of shared) t.deepEqual(await wado(a.as("clinician"), sent.uid), sent.digests);
  for (const root of roots) t.true(await keeps(member(0), root), "pinned in our own Kubo");
  t.is(Object.keys((await member(0).rpc<{ Keys: Record<string, unknown> }>(`pin/ls?arg=${fresh}`)).Keys).length, 1, "within the hour it stays");
  await member(0).rpc("repo/gc");
  await a.agent.child().kill();
  await a.agent.start();
  for (const { sent } of [...shared, { sent: late }])
    t.deepEqual(await eventually(`${sent.uid} read`, 60, async () => {
      const seen = await wado(a.as("clinician"), sent.uid).catch(() => 503);
      return typeof seen === "number" ? null : seen;
    }), sent.digests);
  t.log("3 studies, a folder of one byte, a collection and a kill; lost 0");
});
