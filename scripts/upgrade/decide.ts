import { setTimeout as sleep } from "node:timers/promises";
import { encodeFunctionData, getAddress, hexToNumber, keccak256, parseAbi, toHex, type Address, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { fault } from "../../node-agent/src/model/fault.ts";
import { withLayout } from "../../node-agent/src/model/upgrade-claim.ts";
import { loadArtifacts } from "../deploy/artifacts.ts";
import { implementationOf, read } from "../deploy/read.ts";
import { call, createSender, type Rpc } from "../deploy/sender.ts";
import { layoutText } from "../generate/layouts.ts";
import { newPrivateKey } from "../local/secrets.ts";
import type { UpgradeState } from "./state.ts";

const uups = parseAbi(["function upgradeToAndCall(address implementation, bytes data) payable"]);
export const stateNames = ["pending", "active", "canceled", "defeated", "succeeded", "queued", "expired", "executed"] as const;
export type Stage = (typeof stateNames)[number];
type OnStep = (step: string) => void;

const wrong = (what: string) => fault("DEPLOY_INPUT_WRONG", { what });

function councilOf({ deployment }: UpgradeState): Address {
  if (deployment.council === undefined) throw wrong("this consortium has no Council");
  return deployment.council;
}

/** The proposal's content. Throws DEPLOY_INPUT_WRONG before the code was checked and the description given. */
function contentOf(state: UpgradeState): { readonly lists: readonly [Address[], bigint[], Hex[]]; readonly hash: Hex; readonly description: string } {
  if (!state.checked || state.candidate === null) throw wrong("the new code has not passed its checks: run prepare first");
  if (state.description === null) throw wrong("it has not been proposed: run propose first");
  const data = encodeFunctionData({ abi: uups, functionName: "upgradeToAndCall", args: [state.candidate, state.init] });
  return { lists: [[state.proxy], [0n], [data]], hash: keccak256(toHex(state.description)), description: state.description };
}

/** Where the proposal stands; null when it was never made. */
export async function stageOf(rpc: Rpc, state: UpgradeState): Promise<{ readonly id: bigint; readonly stage: Stage | null; readonly eta: number; readonly votes: readonly bigint[] }> {
  const { abi } = (await loadArtifacts()).Council;
  const council = councilOf(state);
  const { lists, hash } = contentOf(state);
  const id = (await read(rpc, council, abi, "hashProposal", [...lists, hash])) as bigint;
  const at = (await read(rpc, council, abi, "proposalSnapshot", [id])) as bigint;
  if (at === 0n) return { id, stage: null, eta: 0, votes: [] };
  const stage = stateNames[(await read(rpc, council, abi, "state", [id])) as number] ?? null;
  const votes = (await read(rpc, council, abi, "proposalVotes", [id])) as readonly bigint[];
  return { id, stage, eta: Number(await read(rpc, council, abi, "proposalEta", [id])), votes };
}

/** Comes back once the proposal is in this stage (and, queued, its delay has passed); throws DEPLOY_INPUT_WRONG where it never will be, or without `wait` is not yet. */
async function until(rpc: Rpc, state: UpgradeState, wanted: Stage, wait: boolean): Promise<void> {
  for (;;) {
    const { stage, eta } = await stageOf(rpc, state);
    const now = hexToNumber(((await call(rpc, "eth_getBlockByNumber", ["latest", false])) as { timestamp: Hex }).timestamp);
    if (stage === wanted && !(stage === "queued" && eta > now)) return;
    const over = stage === null || ["canceled", "defeated", "expired", "executed"].includes(stage);
    const why = stage === null ? "not proposed" : stage === "queued" ? `queued, its delay passes in ${eta - now} s` : stage;
    if (over || !wait) throw wrong(`the proposal is ${why}; this step needs it ${wanted}${over ? "" : " (--wait waits for it)"}`);
    await sleep(500);
  }
}

/** Proposes as the governor whose key this is; says so when it was proposed before. The new layout is told to whoever votes. */
export async function proposeUpgrade(rpc: Rpc, state: UpgradeState, input: { readonly key: Hex; readonly why: string }, onStep: OnStep, keep: (state: UpgradeState) => Promise<UpgradeState>): Promise<UpgradeState> {
  const description = state.description ?? withLayout(input.why, state.contract, JSON.parse(await layoutText(state.source)));
  const next = await keep({ ...state, description });
  const { lists } = contentOf(next);
  if ((await stageOf(rpc, next)).stage !== null) {
    onStep("proposed before");
    return next;
  }
  const governor = await createSender({ rpc, key: input.key, timeoutSeconds: 120, onStep });
  await governor.send("propose", councilOf(next), (await loadArtifacts()).Council.abi, "propose", [...lists, description]);
  return next;
}

/** Votes as this governor; says so when it has voted before. */
export async function voteUpgrade(rpc: Rpc, state: UpgradeState, input: { readonly key: Hex; readonly support: 0 | 1 | 2; readonly wait: boolean }, onStep: OnStep): Promise<void> {
  const { abi } = (await loadArtifacts()).Council;
  const { id } = await stageOf(rpc, state);
  const voter = privateKeyToAccount(input.key).address;
  if ((await read(rpc, councilOf(state), abi, "hasVoted", [id, voter])) === true) return onStep(`${voter} has voted before`);
  await until(rpc, state, "active", input.wait);
  const governor = await createSender({ rpc, key: input.key, timeoutSeconds: 120, onStep });
  await governor.send("vote", councilOf(state), abi, "castVote", [id, input.support]);
}

/** Queues the carried proposal, or executes the queued one; nobody's key is needed. Says so when that was done before. */
export async function advanceUpgrade(rpc: Rpc, state: UpgradeState, step: "queue" | "execute", wait: boolean, onStep: OnStep): Promise<void> {
  const { lists, hash } = contentOf(state);
  const done: readonly Stage[] = step === "queue" ? ["queued", "executed"] : ["executed"];
  const { stage } = await stageOf(rpc, state);
  if (stage !== null && done.includes(stage)) return onStep(`${step}d before`);
  await until(rpc, state, step === "queue" ? "succeeded" : "queued", wait);
  const anybody = await createSender({ rpc, key: newPrivateKey(), timeoutSeconds: 120, onStep });
  await anybody.send(step, councilOf(state), (await loadArtifacts()).Council.abi, step, [...lists, hash]);
  if (step === "execute" && (await implementationOf(rpc, state.proxy)) !== getAddress(state.candidate ?? "0x")) throw fault("DEPLOY_NOT_AS_PLANNED", { findings: [`${state.contract} does not run the new code`] });
}
