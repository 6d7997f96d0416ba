import type { Reporter } from "../display.ts";
import { eventually, expect, expectEqual } from "../expect.ts";
import { retrieveStudy } from "../retrieve.ts";
import type { World } from "../world.ts";

type Here = Readonly<Record<string, readonly string[]>>;

/** Every study that B serves, with the digests of its instances. */
async function whatBServes({ people }: World): Promise<Here> {
  const rows = await people.clinicianB.get<Readonly<Record<string, { Value?: string[] }>>[]>("/dicom-web/studies?limit=1000");
  const uids = rows.map((row) => row["0020000D"]?.Value?.[0] ?? "").sort();
  const here: Record<string, string[]> = {};
  for (const uid of uids) here[uid] = (await retrieveStudy(people.clinicianB, uid)).digests;
  return here;
}

/** Step 10: B's data folder is deleted while B is stopped; started with its keyring only, B has everything back. */
export async function lostAndRecovered(world: World, report: Reporter): Promise<void> {
  const before = await whatBServes(world);
  expect(Object.keys(before).length >= 2, "B has studies of its own and one it was granted");
  await world.stopAgent("b");
  await world.loseData("b");
  report.note(`data folder of Hospital B deleted (${Object.keys(before).length} studies)`);
  await world.startAgent("b");
  const after = await eventually("everything back at Hospital B", 360, async () => {
    const now = await whatBServes(world);
    return Object.keys(now).length >= Object.keys(before).length ? now : null;
  });
  expectEqual(after, before, "studies and digests of instances before and after");
  report.note(`${Object.keys(after).length} studies back, from the chain, the keyring and the other hospitals, byte for byte`);
}
