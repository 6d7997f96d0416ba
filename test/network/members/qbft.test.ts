import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { besuOrSkip } from "../../support/besu.ts";
import { admission, expulsion, founding } from "./scenarios.ts";
import { foundMembers, type MembersTown } from "./town.ts";

/** The heart of membership once more on QBFT, whose votes and methods are others; the whole list runs on IBFT 2.0. */
const dir = await mkdtemp(join(tmpdir(), "fiducial-qbft-"));
let town: MembersTown | null = null;
test.after.always(async () => {
  await town?.close();
  await rm(dir, { recursive: true, force: true });
});

async function start(t: ExecutionContext): Promise<MembersTown | null> {
  t.timeout(1_800_000);
  if ((await besuOrSkip(t)) === null) return null;
  town ??= await foundMembers(dir, "qbft");
  return town;
}

test.serial("qbft: founding: nobody is cut off while nodes are named; then registry and nodes agree", async (t) => {
  const all = await start(t);
  if (all !== null) await founding(t, all);
});

test.serial("qbft: an outsider is admitted by vote, followed, voted in by the others' agents, and seals", async (t) => {
  const all = await start(t);
  if (all !== null) await admission(t, all);
});

test.serial("qbft: an expelled member is voted out, disconnected and not let back in; nodes that restart still start", async (t) => {
  const all = await start(t);
  if (all !== null) await expulsion(t, all, 4);
});
