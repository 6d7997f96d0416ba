import { readdir, readFile } from "node:fs/promises";
import test from "ava";
import { eventually } from "../../scripts/journey/expect.ts";
import { foundTown, seatAt } from "./support/town.ts";

/** Command lines of running programs that name the folder. */
async function programsIn(dir: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/u.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return lines.filter((line) => line.includes(dir));
}

test("closing a town ends agents that are still starting", async (t) => {
  t.timeout(240_000);
  const town = await foundTown({ hospitals: 2 });
  t.teardown(() => town.close());
  const starts = [seatAt(town, 0).agent.start(), seatAt(town, 1).agent.start()];
  const ends = Promise.allSettled(starts);
  await eventually("both agents have begun", 30, async () => ((await programsIn(town.dir)).filter((line) => line.includes("agent.yaml")).length === 2 ? true : null));
  await town.close();
  for (const { status } of await ends) t.is(status, "rejected");
  t.deepEqual(await programsIn(town.dir), []);
  await t.throwsAsync(seatAt(town, 0).agent.start(), { message: /the town is closed/u });
});
