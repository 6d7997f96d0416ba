import { fault } from "../model/fault.ts";
import type { ProposalStanding } from "../model/governance.ts";
import { type Approval, brakeWords, type GuardianPanel, longestApproval, type StopAct } from "../model/guardians.ts";
import type { Address, MemberId } from "../model/ids.ts";
import type { TypedData } from "../model/typed-data.ts";
import type { Guardians } from "../ports/guardians.ts";
import type { Receipt } from "../ports/ledger.ts";
import type { FlowContext, HospitalContext } from "./context.ts";
import { proposalNow } from "./decide-proposal.ts";
import { wordsFor } from "./proposal-view.ts";
import { chainNow, councilOf, findProposal, listProposals, type Proposal } from "./proposals.ts";
import { whenIndexed } from "./when-indexed.ts";

/** What is to be stopped, as people name it: a contract by its name in the configuration, or a proposal by number or id. */
export type Stop = { readonly pause: string } | { readonly cancel: string };

/** One act, in words, and how many guardians approve of it. */
export type StopView = {
  readonly act: StopAct;
  /** Name of the contract in the configuration; null for a proposal. */
  readonly contract: string | null;
  /** Number of the proposal; null for a pause. */
  readonly proposal: number | null;
  readonly stops: string;
  readonly stays: string;
  /** done: stopped already. never: no guardian can. */
  readonly state: "open" | "done" | "never";
  readonly approvals: readonly Approval[];
  readonly needed: number;
};

export type GuardiansView = {
  readonly panel: Address;
  readonly threshold: number;
  readonly guardians: readonly { readonly guardian: Address; readonly governorOf: MemberId | null }[];
  readonly acts: readonly StopView[];
  /** The chain's time, seconds since the epoch. */
  readonly now: number;
};

/** The agent's panel of guardians. Throws COUNCIL_MISSING, GUARDIANS_MISSING. */
export function guardiansOf(context: FlowContext): Guardians {
  const { guardians } = councilOf(context);
  if (guardians === null) throw fault("GUARDIANS_MISSING", {});
  return guardians;
}

const contractAt = (context: FlowContext, target: Address): string | null => Object.entries(councilOf(context).contracts).find(([, at]) => at === target)?.[0] ?? null;

async function pauseView(context: FlowContext, target: Address, { threshold }: GuardianPanel): Promise<StopView> {
  const guardians = guardiansOf(context);
  const act = { target, proposal: null };
  const contract = contractAt(context, target);
  const words = brakeWords[contract ?? ""] ?? { stops: "its writes", stays: "everything read" };
  const [paused, approvals] = await Promise.all([guardians.paused(target), guardians.approvals(act)]);
  return { act, contract, proposal: null, stops: `Pull the brake of ${contract ?? target}: ${words.stops} stop`, stays: words.stays, state: paused ? "done" : "open", approvals, needed: threshold };
}

const open: readonly string[] = ["pending", "active", "succeeded", "queued"];

async function cancelView(context: FlowContext, proposal: Proposal, standing: ProposalStanding, { threshold }: GuardianPanel): Promise<StopView> {
  const council = councilOf(context);
  const act = { target: council.address, proposal: proposal.id };
  const does = await wordsFor(context, proposal.calls.map(council.decode), false);
  const state = standing.guardiansOnly ? "never" : open.includes(standing.state) ? "open" : standing.state === "canceled" ? "done" : "never";
  const stays = standing.guardiansOnly ? "it deals with guardians only, and they cannot stop it" : "the same may be proposed again, with another reason";
  return { act, contract: null, proposal: proposal.number, stops: `Cancel proposal ${proposal.number} (${standing.state}): ${does.join("; ")}`, stays, state, approvals: await guardiansOf(context).approvals(act), needed: threshold };
}

/** The panel, every brake, and every proposal that can still be canceled. Throws COUNCIL_MISSING, GUARDIANS_MISSING. */
export async function viewGuardians(context: FlowContext): Promise<GuardiansView> {
  const panel = await guardiansOf(context).panel();
  const members = context.ledgerIndex.members();
  const acts = await Promise.all(panel.targets.map((target) => pauseView(context, target, panel)));
  for (const proposal of listProposals(context)) {
    const standing = await councilOf(context).standing(proposal.id);
    if (standing !== null && open.includes(standing.state)) acts.push(await cancelView(context, proposal, standing, panel));
  }
  const guardians = panel.guardians.map((guardian) => ({ guardian, governorOf: members.find(({ governor }) => governor === guardian)?.id ?? null }));
  return { panel: guardiansOf(context).address, threshold: panel.threshold, guardians, acts, now: chainNow(context) };
}

/** What is to be stopped, with what is known of it now. Throws STOP_REFUSED where the panel cannot stop it, PROPOSAL_UNKNOWN. */
async function viewStop(context: FlowContext, stop: Stop, panel: GuardianPanel): Promise<StopView> {
  if ("cancel" in stop) {
    const { proposal, standing } = await proposalNow(context, stop.cancel);
    return await cancelView(context, proposal, standing, panel);
  }
  const target = panel.targets.find((at) => contractAt(context, at) === stop.pause);
  if (target === undefined) throw fault("STOP_REFUSED", { what: stop.pause, why: `the guardians can stop ${panel.targets.map((at) => contractAt(context, at) ?? at).join(", ")} and nothing else` });
  return await pauseView(context, target, panel);
}

/**
 * The approval of a stop for a guardian's key to sign; works on observers. `until` in seconds since the epoch, 0 to take an approval back.
 * Throws GUARDIAN_UNKNOWN, STOP_REFUSED, PROPOSAL_UNKNOWN.
 */
export async function prepareApproval(context: FlowContext, stop: Stop, guardian: Address, until: number): Promise<{ readonly view: StopView; readonly typedData: TypedData }> {
  const guardians = guardiansOf(context);
  const panel = await guardians.panel();
  if (!panel.guardians.includes(guardian)) throw fault("GUARDIAN_UNKNOWN", { guardian, panel: guardians.address });
  const view = await viewStop(context, stop, panel);
  const what = view.contract ?? `proposal ${view.proposal}`;
  if (view.state === "done") throw fault("STOP_REFUSED", { what, why: view.contract === null ? "it is canceled already" : "its writes are stopped already" });
  if (view.state === "never") throw fault("STOP_REFUSED", { what, why: view.stops.startsWith("Cancel") && view.stays.startsWith("it deals") ? view.stays : "it is over: nothing of it can be stopped any more" });
  const now = chainNow(context);
  if (until !== 0 && (until <= now || until > now + longestApproval)) throw fault("STOP_REFUSED", { what, why: `an approval counts for 7 days at most, and this one would end ${until <= now ? "before now" : `in ${until - now} s`}` });
  return { view, typedData: await guardians.document(view.act, guardian, until) };
}

export type SignedApproval = { readonly guardian: Address; readonly until: number; readonly signature: `0x${string}` };
export type Approved = { readonly receipt: Receipt; readonly approvals: readonly Approval[]; readonly needed: number; /** The transaction that stopped it, once enough agreed. */ readonly done: Receipt | null };

/** Checks and relays a signed approval; where enough guardians agree then, has it done. Throws as `prepareApproval`, APPROVAL_SIGNATURE_INVALID, LEDGER_REVERTED. */
export async function relayApproval(context: HospitalContext, stop: Stop, { guardian, until, signature }: SignedApproval): Promise<Approved> {
  const { view, typedData } = await prepareApproval(context, stop, guardian, until);
  if (!(await context.reader.verifySignature(typedData, guardian, signature))) throw fault("APPROVAL_SIGNATURE_INVALID", {});
  const { act } = view;
  const name = `${act.target}:${act.proposal ?? "pause"}`;
  const receipt = await context.writer.submit(`approve:${name}:${signature.slice(0, 18)}`, { kind: "approveStop", act, until, guardian, signature }, context.signal);
  context.log.info("guardian's approval relayed", { contract: view.contract, proposal: view.proposal, block: receipt.block });
  const approvals = await guardiansOf(context).approvals(act);
  const enough = until !== 0 && approvals.length >= view.needed;
  const done = enough ? await context.writer.submit(`stop:${name}:${signature.slice(0, 18)}`, stopIntent(context, act), context.signal) : null;
  if (done !== null) context.log.warn(act.proposal === null ? "writes stopped by the guardians" : "proposal canceled by the guardians", { contract: view.contract, proposal: view.proposal, block: done.block });
  await whenIndexed(context, (done ?? receipt).block);
  return { receipt, approvals, needed: view.needed, done };
}

function stopIntent(context: FlowContext, { target, proposal }: StopAct) {
  if (proposal === null) return { kind: "pauseWrites", target } as const;
  const { calls, description } = findProposal(context, proposal);
  return { kind: "cancelProposal", content: { calls, description } } as const;
}
