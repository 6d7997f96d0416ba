import type { CID } from "multiformats/cid";
import { cidOfRoot } from "../../../../node-agent/src/dag/block.ts";
import { digest } from "../../../../node-agent/src/model/ids.ts";
import { eventually } from "../../../../scripts/journey/expect.ts";
import type { Member, Swarm } from "../../../network/ipfs/support/swarm.ts";
import { type Sent, stow, type StudyRow } from "../../support/study.ts";
import type { Seat } from "../../support/town.ts";

export type Shared = { readonly sent: Sent; readonly study: `0x${string}`; readonly root: CID };

/** Waits until the study counts as registered, which with the cluster means: enough institutions keep it. */
export async function registered(seat: Seat, sent: Sent, seconds = 120): Promise<Shared> {
  const row = await eventually(`registration at ${seat.name}`, seconds, async () => {
    const now = await seat.as("clinician").get<StudyRow & { readonly root: string | null }>(`/api/studies/${sent.uid}`);
    return now.state === "registered" ? now : null;
  });
  if (row.root === null) throw new Error("registered without a root");
  return { sent, study: row.study, root: cidOfRoot(digest(row.root)) };
}

/** Uploads, demands a 200, and waits as `registered`. */
export async function share(seat: Seat, sent: Sent, seconds = 120): Promise<Shared> {
  const { status, text } = await stow(seat.as("clinician"), sent.files);
  if (status !== 200) throw new Error(`${seat.name} answered ${status}: ${text}`);
  return await registered(seat, sent, seconds);
}

/** Whether a member's Kubo keeps the root and has every block below it on its own disk; a Kubo that does not answer keeps nothing. */
export async function keeps(member: Member, root: CID): Promise<boolean> {
  try {
    await member.rpc(`pin/ls?arg=${root.toString()}&type=recursive`);
    const response = await fetch(`${member.rpcUrl}/api/v0/dag/export?arg=${root.toString()}&offline=true&progress=false`, { method: "POST", signal: AbortSignal.timeout(30_000) });
    const bytes = (await response.arrayBuffer()).byteLength;
    return response.ok && bytes > 0;
  } catch {
    return false;
  }
}

/** Numbers of the members that keep the root whole. */
export async function keepers({ members }: Swarm, root: CID): Promise<number[]> {
  const kept = await Promise.all(members.map(async (member) => ({ member: member.seat.member, here: await keeps(member, root) })));
  return kept.filter(({ here }) => here).map(({ member }) => member);
}

/** Asks until at least `count` members keep every root; gives the keepers of each. */
export async function keptBy(swarm: Swarm, roots: readonly CID[], count: number, seconds: number): Promise<number[][]> {
  return await eventually(`every study at ${count} members`, seconds, async () => {
    const now = await Promise.all(roots.map((root) => keepers(swarm, root)));
    return now.every((list) => list.length >= count) ? now : null;
  });
}

/** What a cluster peer says of a root, by member. */
export async function statusOf(swarm: Swarm, asked: Member, root: CID): Promise<Map<number, string>> {
  const { peer_map } = (await (await asked.rest("GET", `/pins/${root.toString()}`)).json()) as { peer_map: Record<string, { status: string }> };
  return new Map(swarm.members.map(({ seat }) => [seat.member, peer_map[seat.cluster.peerId]?.status ?? "unknown"]));
}
