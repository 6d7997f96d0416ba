import { enodeUrl, nodeAddress, parseEnode } from "../../consortium/enode.ts";
import { rosterOf } from "../../consortium/roster.ts";
import { createBesuAdmin } from "../../ledger/besu-admin.ts";
import { ledgerDefaults } from "../../ledger/config.ts";
import { createLedgerReader } from "../../ledger/reader.ts";
import { setNodesCall } from "../../ledger/registry-calls.ts";
import type { Rpc } from "../../ledger/rpc.ts";
import { createSigner } from "../../ledger/sign.ts";
import { fault } from "../../model/fault.ts";
import type { MemberId } from "../../model/ids.ts";
import type { MemberNode } from "../../model/ledger-views.ts";
import type { LedgerReader } from "../../ports/ledger.ts";
import { examine } from "../doctor/examine.ts";
import { withNode } from "../member/own-entry.ts";
import { withRegistry } from "../registry-session.ts";
import { admissionWaits, askToPropose } from "./admission-words.ts";
import type { Application, Bundle } from "./bundle-format.ts";
import { type NodePorts, notYet, writeAgentConfig, writeIpfsSecrets, writeNodeFiles } from "./join-files.ts";
import { governorIn, type Places } from "./join-keys.ts";
import type { MembersDoor } from "./members-door.ts";
import { done, type Step, type StepState, waits } from "./steps.ts";

export type Joining = {
  readonly places: Places;
  readonly application: Application;
  readonly bundle: Bundle;
  readonly ports: NodePorts;
  readonly door: MembersDoor;
  /** To the own node. */
  readonly rpc: Rpc;
  /** False: the institution keeps a node and votes, and does not validate. */
  readonly validator: boolean;
  readonly signal: AbortSignal;
};

/** What the steps learn from one another in one round; found out anew in the next. */
type Known = { member: MemberId | null; followed: boolean };

/** More gas than any list of nodes takes; it costs nothing, and the joiner cannot ask its own node yet. */
const registrationGas = 3_000_000;

const entryOf = (application: Application, validator: boolean): MemberNode => {
  const node = parseEnode(application.enode);
  if (node === null) throw fault("NETWORK_BUNDLE_UNFIT", { why: "the application names no node" });
  return { enodeKey: `0x${node.key}`, host: node.host, port: node.port, validator, ipfsPeerId: "", clusterPeerId: "" };
};

/** A step that something out of reach keeps waiting rather than failing. */
const patient =
  (look: () => Promise<StepState>, next: string | null): Step["look"] =>
  async () => {
    try {
      return await look();
    } catch (error) {
      if (notYet(error)) return waits(error instanceof Error ? error.message : "not reachable", next);
      throw error;
    }
  };

/** From the bundle to a serving validator. Each step finds out by itself whether it is done: the command may be stopped and run again anywhere. */
export function joinSteps(joining: Joining): Step[] {
  const { places, application, bundle, ports, door, rpc, validator, signal } = joining;
  const { content } = bundle;
  const reader: LedgerReader = createLedgerReader(rpc, { ...ledgerDefaults, endpoint: `http://127.0.0.1:${ports.rpc}`, chainId: content.chainId, genesisHash: content.genesisHash, contracts: { ...content.contracts, guardianPanel: content.contracts.guardianPanel ?? null } });
  const admin = createBesuAdmin(rpc, { staticNodes: null, permissions: null });
  const own = entryOf(application, false);
  const key = own.enodeKey.slice(2);
  const known: Known = { member: null, followed: false };
  const startNode = `Start the node and leave it running (Besu 26.8.0):\n  besu --config-file=${places.node}/besu.toml`;

  async function files(): Promise<StepState> {
    await writeNodeFiles(places, application, bundle, ports);
    await writeIpfsSecrets(places, bundle);
    return done(`node files in ${places.node}${content.ipfs === null ? "" : `, IPFS secrets in ${places.ipfs}`}`);
  }

  async function node(): Promise<StepState> {
    const block = await reader.block(0);
    if (block?.hash !== content.genesisHash) return waits(`the node has another genesis block: ${block?.hash ?? "none"}`, `Another node answers at port ${ports.rpc}, or its data is of another chain. ${startNode}`);
    const self = await admin.self();
    if (self.key !== key) return waits(`the node has another key: ${self.key.slice(0, 16)}`, startNode);
    return done("runs, with the consortium's genesis and the key of the application");
  }

  async function admitted(): Promise<StepState> {
    const answer = await door.ask(signal);
    if (answer === null) {
      const standing = await door.standing(signal);
      return standing === null ? waits("no member knows this institution yet", askToPropose(application, places.application)) : admissionWaits(standing.answer, standing.by, application, places.application);
    }
    const { you } = answer.answer;
    if (you.status !== "active") throw fault("NETWORK_BUNDLE_UNFIT", { why: `member ${you.member} is ${you.status}` });
    known.member = you.member;
    const other = await writeAgentConfig(places, application, bundle, you.member, ports);
    if (other !== null) return waits(`member ${you.member}, but ${places.config} was there before and is not its configuration: ${other}`, `Move it out of the way; this command writes the right one:\n  mv ${places.config} ${places.config}.before`);
    return done(`member ${you.member}`);
  }

  async function registered(): Promise<StepState> {
    const answer = await door.ask(signal);
    if (answer === null || known.member === null) return waits("no member answers", null);
    const { you, nodes } = answer.answer;
    if (nodes.some((one) => one.key === key)) return done(`the node is registered at ${own.host}:${own.port}`);
    const governor = await governorIn(places);
    const call = setNodesCall(content.contracts, known.member, [own]);
    const { raw } = createSigner(governor.key, content.chainId).sign({ nonce: you.governorNonce, gas: registrationGas, to: call.to, data: call.data });
    governor.key.fill(0);
    const block = await door.register(answer.by, raw, signal);
    return done(`the node is registered, in block ${block}, sent by member ${answer.by}`);
  }

  async function followed(): Promise<StepState> {
    const peers = await admin.peers();
    const head = await admin.head();
    if (peers.length === 0) return waits("no member's node is connected yet", `The members' agents let it in within a few blocks. If it stays so, they cannot reach ${own.host}:${own.port}, or it cannot reach them: open TCP both ways.`);
    const newest = Math.max(0, ...peers.map(({ latestBlock }) => latestBlock ?? 0));
    if (head < newest - 3 || head < content.recentBlock.number) return waits(`block ${head} of ${Math.max(newest, content.recentBlock.number)}, ${peers.length} peers`, null);
    const block = await reader.block(content.recentBlock.number);
    if (block?.hash !== content.recentBlock.hash) throw fault("NETWORK_BUNDLE_UNFIT", { why: `block ${content.recentBlock.number} of the chain is another than the bundle says` });
    known.followed = true;
    return done(`block ${head}, ${peers.length} peers`);
  }

  /** Only now can the signature be weighed: by the registry, as this institution's own node has it. */
  async function trusted(): Promise<StepState> {
    await reader.verifyChain();
    const signer = await reader.member(content.madeBy.member);
    if (signer?.status !== "active" || !signer.operators.includes(content.madeBy.operator)) throw fault("NETWORK_BUNDLE_UNFIT", { why: `${content.madeBy.operator} is no operator of an active member ${content.madeBy.member}` });
    return done(`signed by an operator of member ${signer.id}, ${signer.profile.displayName}, as the registry on your own node says`);
  }

  async function agent(): Promise<StepState> {
    const findings = await examine(places.config);
    const running = findings.find(({ check }) => check === "agent");
    if (running?.state === "warn") return waits("the agent does not run", `Start it and leave it running:\n  fiducial agent run --config ${places.config}`);
    const failed = findings.filter(({ state }) => state === "fail");
    const [first] = failed;
    if (first !== undefined) return waits(`${failed.length} of the doctor's checks fail: ${first.check}: ${first.detail}`, first.mend);
    return done("runs; the doctor finds nothing wrong, from both sides");
  }

  async function asValidator(): Promise<StepState> {
    return await withRegistry(places.config, signal, async ({ self, setNodes }) => {
      const before = (await self()).nodes;
      const present = before.find(({ enodeKey }) => enodeKey.toLowerCase() === own.enodeKey);
      const receipt = await setNodes(places.governor, withNode(before, { ...(present ?? own), validator: true }));
      return done(receipt === null ? "the registry names it" : `registered in block ${receipt.block}`);
    });
  }

  async function votedIn(): Promise<StepState> {
    const validators = await admin.validators();
    const address = nodeAddress(key);
    if (validators.includes(address)) return done(`${address} is one of ${validators.length}`);
    const members = await reader.members();
    const waiting = rosterOf({ members }).validators.has(address) ? "the others' agents watch the node follow the chain, then vote" : "the registry does not name it yet";
    return waits(`${validators.length} validators, ${address} is not among them: ${waiting}`, null);
  }

  async function seals(): Promise<StepState> {
    const [head, validators] = await Promise.all([admin.head(), admin.validators()]);
    const activity = await admin.activity(Math.max(1, head - 3 * validators.length), head);
    const ours = activity.find(({ address }) => address === nodeAddress(key));
    return ours !== undefined && ours.proposed > 0 ? done(`it proposed block ${ours.lastProposed}`) : waits("it has not proposed a block yet", null);
  }

  const steps: Step[] = [
    { name: "files", look: files },
    { name: "node", look: patient(node, startNode) },
    { name: "admission", look: patient(admitted, "No member's agent can be reached from here: check DNS and that TCP is open outwards to their endpoints.") },
    { name: "registration", look: patient(registered, null) },
    { name: "sync", look: patient(followed, startNode) },
    { name: "bundle", look: patient(trusted, null) },
    { name: "agent", look: patient(agent, null) },
  ];
  if (!validator) return steps;
  return [...steps, { name: "candidate", look: patient(asValidator, null) }, { name: "validator", look: patient(votedIn, null) }, { name: "sealing", look: patient(seals, null) }];
}

/** Enode of the own node, for people. */
export const ownEnode = (application: Application): string => {
  const node = parseEnode(application.enode);
  return node === null ? application.enode : enodeUrl(node);
};
