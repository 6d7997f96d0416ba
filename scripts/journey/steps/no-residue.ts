import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Reporter } from "../display.ts";
import { expect, expectEqual } from "../expect.ts";
import { searchResidue } from "../residue.ts";
import type { World } from "../world.ts";

/**
 * Searches, byte by byte and in every usual encoding, all that the processes wrote (databases, blocks, chain, logs) and what they say on
 * their metrics pages for anything that identifies the patients. Finding one is a failure.
 */
export async function noResidue(world: World, report: Reporter): Promise<void> {
  const { plan, study, realA, realB } = world;
  const said = join(plan.dir, "logs", "metrics");
  await mkdir(said, { recursive: true });
  for (const seat of plan.seats) {
    const response = await fetch(`http://127.0.0.1:${seat.opsPort}/metrics`);
    expectEqual(response.status, 200, `metrics of ${seat.name}`);
    await writeFile(join(said, `${seat.key}.txt`), await response.text());
  }
  const wanted = [...study.needles, ...realA.needles, ...realB.needles];
  const { files, bytes, findings } = await searchResidue(await world.written(), wanted, (done) => report.bytes(done, done));
  const [first] = findings;
  const where = [...new Set(findings.map(({ file, what }) => `${file}: ${what}`))].slice(0, 12).join("\n       ");
  expect(first === undefined, `${findings.length} traces found, among them\n       ${where}`);
  expect(bytes > 0 && wanted.length > 0, "something was searched");
  report.note(`${files} files searched for ${wanted.length} forms of names, numbers and UIDs: none found`);
}
