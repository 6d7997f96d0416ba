import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import type { ProofReport } from "../../../node-agent/src/proof/verifier.ts";
import { fiducial } from "../../node-agent/cli/run-program.ts";
import { besuOrSkip } from "../../support/besu.ts";
import { at, type BesuConsortium, heightOf, openBesuConsortium, reaches, until } from "./support/consortium.ts";
import { note, secondsSince } from "./support/figures.ts";
import { Load } from "./support/load.ts";
import { type Observer, openRegulator } from "./support/observer.ts";

/** The move from IBFT 2.0 to QBFT, rehearsed on a chain with history: one genesis file for all, one restart before the block it names. */
let consortium: BesuConsortium | null = null;
let regulator: Observer | null = null;
test.after.always(async () => {
  await regulator?.close();
  await consortium?.close();
});

type GenesisFile = { readonly config: Record<string, unknown> & { readonly ibft2: Record<string, unknown> } };

test("IBFT 2.0 becomes QBFT at a block: writes go on, votes count, and the history is proven across it", async (t) => {
  if ((await besuOrSkip(t)) === null) return;
  t.timeout(1_500_000);
  consortium = await openBesuConsortium({ observers: 1 });
  const { network } = consortium;
  const [first, second, third] = network.validators;
  if (first === undefined || second === undefined || third === undefined) throw new Error("validators are missing");
  const load = new Load([consortium.writer(first, 0, "a"), consortium.writer(second, 1, "b")]);
  for (let i = 0; i < 10; i++) await load.goesOn();

  const genesis = JSON.parse(await readFile(join(first.dir, "genesis.json"), "utf8")) as GenesisFile;
  // Far enough that every node has restarted before; nobody may meet the block with the old file.
  const startBlock = (await heightOf(first)) + 25;
  const moved = JSON.stringify({ ...genesis, config: { ...genesis.config, qbft: { ...genesis.config.ibft2, startblock: startBlock } } }, null, 2);
  const begun = performance.now();
  await Promise.all(network.nodes.map((node) => node.stop()));
  for (const node of network.nodes) await writeFile(join(node.dir, "genesis.json"), moved);
  await Promise.all(network.nodes.map((node) => node.start()));
  await load.goesOn();
  const down = secondsSince(begun);
  t.true((await heightOf(first)) < startBlock, "all are back before the move");
  await reaches(first, startBlock + 5);
  await load.goesOn();
  const across = load.acknowledged;
  t.true(across > 10);

  // Besu 26.8.0: a node that was started before the move keeps its votes where QBFT does not look. One node after the other is started again.
  for (const node of network.nodes) {
    await node.stop();
    await node.start();
    await until(`${node.name} at the head`, async () => (await heightOf(node)) >= (await heightOf(node === first ? second : first)) - 1);
  }
  await load.goesOn();

  const newcomer = await network.addNode({ name: "newcomer", kind: "hospital" });
  await writeFile(join(newcomer.dir, "genesis.json"), moved);
  await newcomer.start();
  await network.introduce(newcomer);
  const joined = performance.now();
  await until("the newcomer at the head", async () => (await heightOf(newcomer)) >= (await heightOf(first)) - 1);
  const replay = secondsSince(joined);
  for (const voter of [first, second, third]) await voter.ask("qbft_proposeValidatorVote", [newcomer.address, true]);
  await until("the vote", async () => ((await first.ask("qbft_getValidatorsByBlockNumber", ["latest"])) as string[]).includes(newcomer.address));
  for (const voter of [first, second, third]) await voter.ask("qbft_discardValidatorVote", [newcomer.address]);
  await load.goesOn();
  await load.stop();
  const observer = at(network.observers, 0);
  await reaches(observer, await heightOf(first));
  const { written, lost, doubled, refused } = await load.count(consortium, observer);
  t.deepEqual({ lost, doubled, refused }, { lost: 0, doubled: 0, refused: [] });

  regulator = await openRegulator(consortium);
  const file = join(consortium.dir, "history.ndjson");
  const exported = await regulator.as(["history", "export", file, "--proof"]);
  t.is(exported.status, 0, exported.err);
  await writeFile(join(consortium.dir, "genesis.json"), moved);
  const verified = await fiducial(["--json", "verify", file, "--quiet", "--genesis", join(consortium.dir, "genesis.json"), "--config", regulator.config]);
  t.is(verified.status, 0, verified.err);
  const report = verified.json<ProofReport>();
  t.deepEqual(report.eras.map(({ protocol, validators }) => [protocol, validators.length]), [["ibft2", 4], ["qbft", 4], ["qbft", 5]]);
  t.is(report.eras[1]?.from, startBlock);
  note(t, "IBFT 2.0 to QBFT on a chain with history", { "move at block": startBlock, "s without writes (stop, new file, start)": down, writes: written, lost, doubled, "s in which a newcomer replays both": replay, "headers proven across it": report.headers });
});
