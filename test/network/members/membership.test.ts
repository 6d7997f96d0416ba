import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { newNodeKey } from "../../../network/besu/node-key.ts";
import { besuOrSkip } from "../../support/besu.ts";
import { admission, at, expulsion, founding, said, suspension } from "./scenarios.ts";
import { allowedAt, foundMembers, type Hospital, type MembersTown, metricLines, peerKeysAt, readinessOf, until } from "./town.ts";

const dir = await mkdtemp(join(tmpdir(), "fiducial-members-"));
let town: MembersTown | null = null;
test.after.always(async () => {
  await town?.close();
  await rm(dir, { recursive: true, force: true });
});

async function start(t: ExecutionContext): Promise<MembersTown | null> {
  if ((await besuOrSkip(t)) === null) return null;
  t.timeout(1_800_000);
  town ??= await foundMembers(dir);
  return town;
}

const height = async ({ node }: Hospital): Promise<number> => Number(await node.ask("eth_blockNumber"));

test.serial("founding: while hospitals name their nodes nobody is cut off or voted out; once all have, registry and nodes agree", async (t) => {
  const all = await start(t);
  if (all !== null) await founding(t, all);
});

test.serial("an outsider is admitted by vote, followed, voted in by the others' agents, and seals", async (t) => {
  const all = await start(t);
  if (all !== null) await admission(t, all);
});

test.serial("a member suspended by vote loses seat and connections on every honest node, and has them again once it is reinstated", async (t) => {
  const all = await start(t);
  if (all !== null) await suspension(t, all, 3);
});

test.serial("a member expelled by vote is voted out, disconnected and not let back in, on every honest node; nodes that restart still start", async (t) => {
  const all = await start(t);
  if (all !== null) await expulsion(t, all, 4);
});

test.serial("a stranger's key on the address of a stopped member is ejected and kept off; the member itself comes back", async (t) => {
  const all = await start(t);
  if (all === null) return;
  const honest = all.hospitals.filter(({ name }) => name !== "hospital-4");
  const away = at(honest, 1);
  const others = honest.filter((one) => one !== away);
  const keyFile = join(away.node.dir, "key");
  const real = await readFile(keyFile, "utf8");
  await away.agent?.stop();
  await away.node.stop();
  const stranger = newNodeKey();
  await writeFile(keyFile, stranger.secret);
  await away.node.start();
  for (const hospital of others) {
    await until("the stranger is ejected", () => said(hospital, `ejects ${stranger.publicKey.slice(0, 16)}`));
    await until("and kept off", async () => !(await peerKeysAt(hospital.node)).includes(stranger.publicKey) && !(await allowedAt(hospital.node)).some((one) => one.includes(away.node.publicKey)));
    t.not((await metricLines(hospital, "fiducial_strangers_ejected_total"))[0]?.split(" ")[1], "0");
  }
  await away.node.stop();
  await writeFile(keyFile, real);
  await away.node.start();
  await all.startAgent(away);
  await until("the member is back", async () => (await peerKeysAt(away.node)).length === others.length, 3000);
});

test.serial("two of four validators stop: the agents name them in log, readiness and metrics, and nothing unsafe is voted; they come back and so does the chain", async (t) => {
  const all = await start(t);
  if (all === null) return;
  const honest = all.hospitals.filter(({ name }) => name !== "hospital-4");
  const [one, two, gone, lost] = [at(honest, 0), at(honest, 1), at(honest, 2), at(honest, 3)];
  await gone.node.kill();
  await lost.node.kill();
  for (const hospital of [one, two]) {
    await until("the stall is named", async () => {
      const { checks } = await readinessOf(hospital);
      const reason = checks.find(({ name }) => name === "consensus")?.reason ?? "";
      return reason.includes(gone.node.address) && reason.includes(lost.node.address) && !reason.includes(one.node.address) && !reason.includes(two.node.address);
    });
    t.true(said(hospital, "the chain stands still"));
    t.true((await metricLines(hospital, "fiducial_validators_silent"))[0]?.endsWith(" 2"));
  }
  const stood = await height(one);
  await gone.node.start();
  await lost.node.start();
  await until("blocks come again", async () => (await height(one)) > stood + 2, 3000);
  await until("the stall is over", async () => (await readinessOf(one)).checks.find(({ name }) => name === "consensus")?.ok === true);
});
