import type { MemberId } from "../model/ids.ts";
import type { ClusterStore, HospitalContext } from "./context.ts";
import { waitingStudies } from "./thin-studies.ts";

/** A copy that waits for longer is worth a word, ms. */
const lateMs = 600_000;

const nameOf = ({ ledgerIndex }: HospitalContext, member: MemberId): string => `${ledgerIndex.member(member)?.profile.displayName ?? "a member"} (member ${member})`;
const many = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;

/** What somebody should see to about the institution's IPFS, each with what to do, most pressing first. */
export function ipfsTodo(context: HospitalContext, cluster: ClusterStore): string[] {
  const view = cluster.watch.view();
  const todo: string[] = [];
  if (view.error !== null) todo.push(`${view.error.message}. ${view.error.hint}`);
  const thin = waitingStudies(context, cluster).length;
  if (thin > 0)
    todo.push(
      `${many(thin, "study is", "studies are")} kept by fewer institutions than wanted. Nothing is lost: they are placed again by themselves as soon as enough other hospitals' Kubos answer and have room; if it lasts, ask the hospitals named here.`,
    );
  for (const member of view.silent) todo.push(`The Kubo of ${nameOf(context, member)} gives no sign or has no room. Our studies with a copy there are placed elsewhere; ask its operators to start Kubo and the cluster peer, and to look at their disk.`);
  if (view.failed > 0) todo.push(`${many(view.failed, "root has", "roots have")} a copy that failed or is silent. It is tried again by itself; if it lasts, look at the cluster peer's log and at the free space of Kubo's disk.`);
  if (view.oldestMs > lateMs) todo.push(`The oldest copy under way was asked for ${Math.round(view.oldestMs / 60_000)} minutes ago. A large study on a slow line may take that long; otherwise see whether the cluster peers reach one another.`);
  if (view.strangers.length > 0)
    todo.push(`${many(view.strangers.length, "cluster peer that no active hospital has registered is", "cluster peers that no active hospital has registered are")} connected: whoever runs one holds the cluster's secret and reads its list. Have its owner register it (\`fiducial member nodes\`), or change the secret.`);
  return todo;
}

/** The same for readiness, which has a check of its own for what cannot be used at all; null when all is in order. */
export function ipfsNote(context: HospitalContext): string | null {
  const { cluster } = context;
  if (cluster === null || cluster.watch.view().error !== null) return null;
  const [first, ...others] = ipfsTodo(context, cluster);
  if (first === undefined) return null;
  return `${first}${others.length === 0 ? "" : ` (and ${many(others.length, "other matter")}: \`fiducial status\`)`}`;
}
