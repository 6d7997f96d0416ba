import type { ChainNodeStatus, StallStatus } from "../model/consortium.ts";
import type { Address, MemberId } from "../model/ids.ts";
import type { MemberKind } from "../model/ledger-views.ts";
import type { Drift, Membership } from "../model/membership.ts";
import { quorumOf } from "../model/quorum.ts";
import type { Clock } from "../ports/clock.ts";
import type { MembershipTarget } from "../ports/membership-target.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { NodeAdmin, NodeEndpoint } from "../ports/node-admin.ts";
import { applyNodes } from "./apply-nodes.ts";
import { type Candidates, createCandidates } from "./candidates.ts";
import { endpointOf, nodeAddress } from "./enode.ts";
import { createNodeObserver, type NodeView } from "./observe-node.ts";
import { planNodes } from "./plan-nodes.ts";
import { planVotes, type VotePlan } from "./plan-votes.ts";
import { createQuarantine } from "./quarantine.ts";
import { margin } from "./quorum.ts";
import { type Roster, rosterOf } from "./roster.ts";
import { detectStall } from "./stall.ts";
import { createVotesCast } from "./votes-cast.ts";

export type ChainTargetOptions = {
  readonly node: NodeAdmin;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** An observer's node has no vote. */
  readonly kind: MemberKind;
  /** Blocks a candidate has to follow before it gets our vote. */
  readonly candidateBlocks: number;
  /** Block periods without a block that count as a stall. */
  readonly stallPeriods: number;
};

export type ChainTarget = MembershipTarget & { readonly name: "chain"; status(): ChainNodeStatus | null; sees(key: string): SeenNode | null };

/** What our node has of another: whether it lets it in, and whether it is connected now. */
export type SeenNode = { readonly allowed: boolean; readonly connected: boolean };

/** The chain node of this institution as a follower of the registry: allowlist, peers, validator votes, and a watch over the signers. */
export function createChainTarget(options: ChainTargetOptions): ChainTarget {
  const { node, clock, metrics } = options;
  const look = createNodeObserver(node);
  const candidates = createCandidates(options.candidateBlocks);
  const quarantine = createQuarantine();
  const cast = createVotesCast();
  let status: ChainNodeStatus | null = null;
  let contacts: { readonly allowed: ReadonlySet<string> | null; readonly connected: ReadonlySet<string> } | null = null;
  let seen = { head: -1, atMs: 0 };

  async function located(roster: Roster, self: NodeEndpoint): Promise<{ reachable: NodeEndpoint[]; lost: string[] }> {
    const others = [...roster.nodes.values()].filter(({ key }) => key !== self.key);
    const hosts = await Promise.all(others.map(({ host }) => node.resolve(host)));
    const reachable = others.flatMap(({ key, port }, i) => (typeof hosts[i] === "string" ? [{ key, host: hosts[i], port }] : []));
    return { reachable, lost: others.filter((_, i) => hosts[i] === null).map(({ key }) => key) };
  }

  function stallOf(view: NodeView, owner: ReadonlyMap<Address, MemberId>): StallStatus | null {
    if (view.head !== seen.head) seen = { head: view.head, atMs: clock.now() };
    const stall = detectStall({ ...view, nowMs: clock.now(), periods: options.stallPeriods, headSeenMs: seen.atMs });
    return stall === null ? null : { ...stall, silent: stall.silent.map(({ address, why }) => ({ address, member: owner.get(address) ?? null, why })) };
  }

  async function vote(plan: VotePlan): Promise<string[]> {
    const done: string[] = [];
    for (const one of plan.forget) await node.forgetWish(one);
    if (plan.wish === null) return done;
    const { validator, add } = plan.wish;
    await node.wish(validator, add);
    metrics.count("fiducial_votes_cast_total", { direction: add ? "add" : "remove" });
    return [`votes to ${add ? "make" : "remove"} ${validator} ${add ? "a validator" : "from the validators"}`];
  }

  return {
    name: "chain",
    status: () => status,
    sees: (key) => (contacts === null ? null : { allowed: contacts.allowed?.has(key) ?? true, connected: contacts.connected.has(key) }),
    async reconcile(membership, mode) {
      const view = await look();
      const roster = rosterOf(membership, view.founded);
      const { self, peers, validators, live, head } = view;
      const own = roster.nodes.get(self.key);
      const enrolled = own?.member === membership.self;
      const removals = mode.removals && enrolled;
      for (const block of view.blocks) cast.see(block);
      const { reachable, lost } = await located(roster, self);
      const [allowlist, staticNodes, gasPrice] = await Promise.all([node.allowlist(), node.staticNodes(), node.gasPrice()]);
      const state = { self, reachable, allowlist, staticNodes, peers, validators, quarantined: quarantine.present(clock.now()) };
      let plan = planNodes(roster, state);
      const strangers = removals ? plan.eject.filter(({ why }) => why === "stranger") : [];
      const kept = quarantine.told(strangers, reachable, peers, clock.now());
      if (kept.length > 0) plan = planNodes(roster, { ...state, quarantined: quarantine.present(clock.now()) });
      const done = await applyNodes(node, plan, state, removals);
      done.push(...kept.map((endpoint) => `keeps ${endpoint} off the list for a while: a stranger used it`));
      if (strangers.length > 0) metrics.count("fiducial_strangers_ejected_total", {}, strangers.length);

      contacts = { allowed: allowlist === null ? null : new Set([...allowlist.filter((one) => !plan.disallow.includes(one)), ...plan.allow].map(({ key }) => key)), connected: new Set(peers.map(({ key }) => key)) };
      const missing = [...roster.validators.keys()].filter((one) => !validators.includes(one));
      candidates.observe(missing, peers, head);
      const votes = planVotes(roster, { validators, live, self: nodeAddress(self.key), proven: candidates.proven(), wishes: await wishes() });
      if (removals && options.kind === "hospital" && validators.includes(nodeAddress(self.key))) done.push(...(await vote(votes)));

      const owner = new Map([...roster.nodes.values(), ...roster.banned.values()].map(({ address, member }) => [address, member]));
      status = {
        node: nodeAddress(self.key),
        head,
        validators: validators.map((address) => ({ address, member: owner.get(address) ?? null, signing: live.has(address), self: address === nodeAddress(self.key) })),
        quorum: quorumOf(validators.length),
        margin: margin({ validators, live }),
        candidates: missing.flatMap((address) => {
          const of = roster.validators.get(address);
          return of === undefined ? [] : [{ address, member: of.member, followedBlocks: Math.min(candidates.followed(address), options.candidateBlocks), ofBlocks: options.candidateBlocks }];
        }),
        votes: cast.open(),
        refused: votes.refused,
        stall: stallOf(view, owner),
      };
      measure(status, metrics);
      const behind = Math.max(0, ...peers.map(({ latestBlock }) => (latestBlock ?? 0) - head));
      metrics.set("fiducial_node_behind_blocks", {}, behind);
      return { drift: driftOf({ plan, votes, lost, candidates, of: options.candidateBlocks, reachable, peers: new Set(peers.map(({ key }) => key)) }), done, notes: [...roster.notes, ...notesOf(membership, roster, enrolled, own?.member ?? null, allowlist), ...nodeNotes(behind, gasPrice)] };
    },
  };

  /** A node without consensus methods (an observer's may have none) has no wishes. */
  async function wishes(): Promise<ReadonlyMap<Address, boolean>> {
    if (options.kind === "observer") return new Map();
    return await node.wishes();
  }
}

function measure({ validators, margin: spare, refused, stall }: ChainNodeStatus, metrics: Metrics): void {
  metrics.set("fiducial_validators", {}, validators.length);
  metrics.set("fiducial_validators_signing", {}, validators.filter(({ signing }) => signing).length);
  metrics.set("fiducial_quorum_margin", {}, spare);
  metrics.set("fiducial_steps_refused", {}, refused.length);
  metrics.set("fiducial_chain_stalled_seconds", {}, stall?.seconds ?? 0);
  metrics.set("fiducial_validators_silent", {}, stall?.silent.length ?? 0);
}

type Remaining = {
  readonly plan: ReturnType<typeof planNodes>;
  readonly votes: VotePlan;
  readonly lost: readonly string[];
  readonly candidates: Candidates;
  readonly of: number;
  readonly reachable: readonly NodeEndpoint[];
  readonly peers: ReadonlySet<string>;
};

function driftOf({ plan, votes, lost, candidates, of, reachable, peers }: Remaining): Drift[] {
  const refused = new Map(votes.refused.map(({ validator, reason }) => [validator, reason]));
  return [
    ...plan.eject.map(({ key, why }): Drift => ({ kind: "stranger", subject: key.slice(0, 16), detail: why === "banned" ? "a node of a suspended or expelled member was connected" : "was connected with a key that no member has" })),
    ...plan.tolerated.map((one): Drift => ({ kind: "undecided", subject: one.key.slice(0, 16), detail: `is allowed at ${endpointOf(one)} and in nobody's entry of the registry` })),
    ...reachable.filter(({ key }) => !peers.has(key)).map((one): Drift => ({ kind: "missing", subject: one.key.slice(0, 16), detail: `is not connected (${endpointOf(one)})` })),
    ...lost.map((key): Drift => ({ kind: "unreachable", subject: key.slice(0, 16), detail: "its host name leads to no address now" })),
    ...votes.surplus.map((validator): Drift => ({ kind: "surplus", subject: validator, detail: refused.get(validator) ?? "is a validator and should be none: waits for votes" })),
    ...votes.missing.map((validator): Drift => {
      const followed = candidates.followed(validator);
      return { kind: "missing", subject: validator, detail: refused.get(validator) ?? (followed < of ? `is to be a validator: followed ${followed} of ${of} blocks` : "is to be a validator: waits for votes") };
    }),
  ];
}

function notesOf({ self, members }: Membership, roster: Roster, enrolled: boolean, owner: MemberId | null, allowlist: readonly NodeEndpoint[] | null): string[] {
  const notes: string[] = [];
  const status = members.find(({ id }) => id === self)?.status;
  if (!enrolled && status !== undefined) {
    const why = status !== "active" ? `member ${self} is ${status}` : owner === null ? "this node's key is not among the nodes that this member registered" : `this node's key is registered by member ${owner}`;
    notes.push(`${why}: nobody is cut off and no vote is cast by this node`);
  }
  if (allowlist === null) notes.push("the node lets anybody connect: start it with a node permissions file");
  if (roster.nameless.length > 0) notes.push(`active hospitals without a registered node: ${roster.nameless.join(", ")}; unknown validators stay meanwhile`);
  return notes;
}

/** Blocks that a node may be behind its peers without a word: they announce a block a moment before it is imported here. */
const usualLag = 5;

function nodeNotes(behind: number, gasPrice: number): string[] {
  return [
    ...(behind > usualLag ? ["the node is behind its peers: it is catching up, or cut off from those that seal"] : []),
    ...(gasPrice > 0 ? [`the node asks ${gasPrice} wei per gas: what is written through it never comes into a block of its own; start it with --min-gas-price=0`] : []),
  ];
}
