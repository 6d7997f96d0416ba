import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { privateKeyToAccount } from "viem/accounts";
import { allowedAt, type Hospital, type MembersTown, metricLines, peerKeysAt, until } from "./town.ts";

/** What membership does to nodes, step by step; the same on IBFT 2.0 and QBFT. Each goes on where the one before it ended. */

export const at = (hospitals: readonly Hospital[], place: number): Hospital => {
  const found = hospitals[place];
  if (found === undefined) throw new Error(`no hospital ${place}`);
  return found;
};
export const said = (hospital: Hospital, part: string): boolean => hospital.lines.some(({ event, fields }) => event.includes(part) || Object.values(fields).some((value) => String(value).includes(part)));

/** Everything is as the registry says, by the word of this hospital's agent. */
export const agrees = async (hospital: Hospital): Promise<boolean> => {
  const lines = await metricLines(hospital, "fiducial_membership_drift{");
  return lines.length > 0 && lines.every((line) => line.endsWith(" 0"));
};

/** While hospitals name their nodes nobody is cut off or voted out; once all have, registry and nodes agree. */
export async function founding(t: ExecutionContext, all: MembersTown): Promise<void> {
  const { hospitals } = all;
  for (const hospital of hospitals) await all.startAgent(hospital);
  await all.registerNode(at(hospitals, 0), true);
  await all.registerNode(at(hospitals, 1), true);
  await until("the first sees its own node", () => said(at(hospitals, 0), "active hospitals without a registered node: 3, 4"));
  t.is((await all.validatorsAt(at(hospitals, 0).node)).length, 4);
  for (const { node } of hospitals) t.deepEqual(await all.consensus(node, "getPendingVotes"), {});
  await all.registerNode(at(hospitals, 2), true);
  await all.registerNode(at(hospitals, 3), true);
  for (const hospital of hospitals) {
    await until("no drift", () => agrees(hospital));
    t.is((await peerKeysAt(hospital.node)).length, 3);
    await until("a margin of one", async () => (await metricLines(hospital, "fiducial_quorum_margin"))[0]?.endsWith(" 1") === true);
  }
}

/** An outsider is admitted by vote, followed, voted in by the others' agents, and seals. */
export async function admission(t: ExecutionContext, all: MembersTown): Promise<Hospital> {
  const { hospitals, net } = all;
  const founders = [...hospitals];
  const node = await net.addNode({ name: "newcomer", kind: "hospital" });
  const newcomer = await all.newHospital("newcomer", node);
  await node.start();
  t.is((await peerKeysAt(node)).length, 0, "nobody lets a stranger in");
  const { keyring, governor, peerPort } = newcomer;
  const file = join(newcomer.dir, "admission.json");
  const admitted = { kind: "hospital", displayName: "newcomer", endpoint: `https://127.0.0.1:${peerPort}`, operator: privateKeyToAccount(keyring.operatorKey).address, openpgpSha256: keyring.identity.certificate.digest, spkiSha256: keyring.tls.spkiSha256 };
  await writeFile(file, JSON.stringify(admitted));
  await all.decide(["admit", "--admission", file, "--governor", privateKeyToAccount(governor).address], founders.slice(0, 3));
  t.is((await peerKeysAt(node)).length, 0, "a member without a registered node is none the nearer");
  // Its own node knows nothing yet: the entry goes out through a member's node, as the join command does.
  await all.configure(newcomer, hospitals.length);
  const own = await readFile(newcomer.config, "utf8");
  await writeFile(newcomer.config, own.replaceAll(node.rpcUrl, at(hospitals, 0).node.rpcUrl));
  await all.registerNode(newcomer, true);
  await writeFile(newcomer.config, own);
  await until("it is let in", async () => (await peerKeysAt(node)).length === founders.length);
  await all.startAgent(newcomer);
  await until("it is voted in", async () => (await all.validatorsAt(at(hospitals, 0).node)).includes(node.address));
  t.true(said(at(hospitals, 0), `votes to make ${node.address} a validator`));
  await until("it seals", async () => {
    const metrics = (await all.consensus(node, "getSignerMetrics", [])) as { readonly address: string; readonly proposedBlockCount: string }[];
    return metrics.some(({ address, proposedBlockCount }) => address.toLowerCase() === node.address && Number(proposedBlockCount) > 0);
  });
  for (const hospital of hospitals) await until("wishes are taken back", async () => Object.keys((await all.consensus(hospital.node, "getPendingVotes")) as object).length === 0);
  return newcomer;
}

/** The node of `out` is no validator, not connected and not let in, at every one of `others`, nor after a restart. */
async function isOut(t: ExecutionContext, all: MembersTown, out: Hospital, others: readonly Hospital[]): Promise<void> {
  for (const hospital of others) {
    await until("it is no validator", async () => !(await all.validatorsAt(hospital.node)).includes(out.node.address));
    await until("it is disconnected", async () => !(await peerKeysAt(hospital.node)).includes(out.node.publicKey));
    t.false((await allowedAt(hospital.node)).some((one) => one.includes(out.node.publicKey)));
    t.false((await readFile(join(hospital.node.dir, "static-nodes.json"), "utf8")).includes(out.node.publicKey));
  }
}

/** A suspended member loses its seat, its connections and its writes by vote of the others, and has all of them again once it is reinstated. */
export async function suspension(t: ExecutionContext, all: MembersTown, number: number): Promise<void> {
  const suspended = at(all.hospitals, number - 1);
  const others = all.hospitals.filter((one) => one !== suspended);
  await all.decide(["suspend", String(number)], others);
  await isOut(t, all, suspended, others);
  await all.decide(["reinstate", String(number)], others);
  await until("it is connected again", async () => (await peerKeysAt(suspended.node)).length >= others.length - 1);
  await until("it is a validator again", async () => (await all.validatorsAt(at(others, 0).node)).includes(suspended.node.address));
  for (const hospital of all.hospitals) await until("registry and nodes agree", () => agrees(hospital));
}

/** An expelled member is voted out, disconnected and not let back in, on every honest node; nodes that restart still start. */
export async function expulsion(t: ExecutionContext, all: MembersTown, number: number): Promise<void> {
  const expelled = at(all.hospitals, number - 1);
  const honest = all.hospitals.filter((one) => one !== expelled);
  await all.decide(["expel", String(number)], honest);
  // Wishes live in a node's memory: one that restarts in the middle is told again.
  await at(honest, 1).node.stop();
  await at(honest, 1).node.start();
  await isOut(t, all, expelled, honest);
  await at(honest, 2).node.stop();
  await at(honest, 2).node.start();
  await until("all honest nodes are connected", async () => (await peerKeysAt(at(honest, 2).node)).length === honest.length - 1);
  t.is((await peerKeysAt(expelled.node)).length, 0);
}
