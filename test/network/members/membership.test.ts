import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { newNodeKey } from "../../../network/besu/node-key.ts";
import { privateKeyToAccount } from "viem/accounts";
import { besuOrSkip } from "../../support/besu.ts";
import { allowedAt, foundMembers, type Hospital, type MembersTown, metricLines, peerKeysAt, readinessOf, until, validatorsAt } from "./town.ts";

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

const at = (hospitals: readonly Hospital[], place: number): Hospital => {
  const found = hospitals[place];
  if (found === undefined) throw new Error(`no hospital ${place}`);
  return found;
};
const said = (hospital: Hospital, part: string): boolean => hospital.lines.some(({ event, fields }) => event.includes(part) || Object.values(fields).some((value) => String(value).includes(part)));
const height = async ({ node }: Hospital): Promise<number> => Number(await node.ask("eth_blockNumber"));

test.serial("founding: while hospitals name their nodes nobody is cut off or voted out; once all have, registry and nodes agree", async (t) => {
  const all = await start(t);
  if (all === null) return;
  const { hospitals, net } = all;
  for (const hospital of hospitals) await all.startAgent(hospital);
  await all.registerNode(at(hospitals, 0), true);
  await all.registerNode(at(hospitals, 1), true);
  await until("the first sees its own node", () => said(at(hospitals, 0), "active hospitals without a registered node: 3, 4"));
  t.deepEqual((await validatorsAt(net.nodes[0] as never)).length, 4);
  for (const { node } of hospitals) t.deepEqual(await node.ask("ibft_getPendingVotes"), {});
  await all.registerNode(at(hospitals, 2), true);
  await all.registerNode(at(hospitals, 3), true);
  for (const hospital of hospitals) {
    await until("no drift", async () => {
      const lines = await metricLines(hospital, "fiducial_membership_drift{");
      return lines.length > 0 && lines.every((line) => line.endsWith(" 0"));
    });
    t.is((await peerKeysAt(hospital.node)).length, 3);
    await until("a margin of one", async () => (await metricLines(hospital, "fiducial_quorum_margin"))[0]?.endsWith(" 1") === true);
  }
});

test.serial("an outsider is admitted, followed, voted in by the others' agents, and seals", async (t) => {
  const all = await start(t);
  if (all === null) return;
  const { hospitals, net } = all;
  const node = await net.addNode({ name: "newcomer", kind: "hospital" });
  const newcomer = await all.newHospital("newcomer", node);
  await node.start();
  t.is((await peerKeysAt(node)).length, 0, "nobody lets a stranger in");
  const { keyring, governor, peerPort } = newcomer;
  await all.decide("admit", [
    1,
    privateKeyToAccount(governor).address,
    [privateKeyToAccount(keyring.operatorKey).address],
    { displayName: "newcomer", endpoint: `https://127.0.0.1:${peerPort}`, openpgpSha256: keyring.identity.certificate.digest, spkiSha256: keyring.tls.spkiSha256 },
  ]);
  // Its own node knows nothing yet: the entry goes out through a member's node, as the join command does.
  await all.configure(newcomer, 5);
  const own = await readFile(newcomer.config, "utf8");
  await writeFile(newcomer.config, own.replaceAll(node.rpcUrl, at(hospitals, 0).node.rpcUrl));
  await all.registerNode(newcomer, true);
  await writeFile(newcomer.config, own);
  await until("it is let in", async () => (await peerKeysAt(node)).length === 4);
  await all.startAgent(newcomer);
  await until("it is voted in", async () => (await validatorsAt(at(hospitals, 0).node)).includes(node.address));
  t.true(said(at(hospitals, 0), `votes to make ${node.address} a validator`));
  await until("it seals", async () => {
    const metrics = (await node.ask("ibft_getSignerMetrics", [])) as { readonly address: string; readonly proposedBlockCount: string }[];
    return metrics.some(({ address, proposedBlockCount }) => address.toLowerCase() === node.address && Number(proposedBlockCount) > 0);
  });
  for (const hospital of hospitals) await until("wishes are taken back", async () => Object.keys((await hospital.node.ask("ibft_getPendingVotes")) as object).length === 0);
});

test.serial("an expelled member is voted out, disconnected and not let back in, on every honest node; nodes that restart still start", async (t) => {
  const all = await start(t);
  if (all === null) return;
  const expelled = at(all.hospitals, 3);
  const honest = all.hospitals.filter((one) => one !== expelled);
  await all.decide("expel", [4]);
  // Wishes live in a node's memory: one that restarts in the middle is told again.
  await at(honest, 1).node.stop();
  await at(honest, 1).node.start();
  for (const hospital of honest) {
    await until("it is no validator", async () => !(await validatorsAt(hospital.node)).includes(expelled.node.address));
    await until("it is disconnected", async () => !(await peerKeysAt(hospital.node)).includes(expelled.node.publicKey));
    t.false((await allowedAt(hospital.node)).some((one) => one.includes(expelled.node.publicKey)));
    t.false((await readFile(join(hospital.node.dir, "static-nodes.json"), "utf8")).includes(expelled.node.publicKey));
  }
  await at(honest, 2).node.stop();
  await at(honest, 2).node.start();
  await until("all honest nodes are connected", async () => (await peerKeysAt(at(honest, 2).node)).length === honest.length - 1);
  t.is((await peerKeysAt(expelled.node)).length, 0);
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
