import { isFault } from "../model/fault.ts";
import type { NodeAdmin, NodeEndpoint } from "../ports/node-admin.ts";
import { endpointOf } from "./enode.ts";
import type { NodePlan, NodeState } from "./plan-nodes.ts";

const named = (node: NodeEndpoint): string => `${node.key.slice(0, 16)} at ${endpointOf(node)}`;

/**
 * Carries out a plan on the node. A static node that is not allowed keeps Besu from starting, so the file of static nodes loses an entry before the list does and gains one after it.
 * With `removals` false only the additions are made. Gives what was done, one sentence each.
 */
export async function applyNodes(node: NodeAdmin, plan: NodePlan, state: NodeState, removals: boolean): Promise<string[]> {
  const done: string[] = [];
  const { staticNodes: now } = state;
  if (removals && plan.disallow.length > 0) {
    const gone = new Set(plan.disallow.map(named));
    if (now?.some((one) => gone.has(named(one))) === true) await node.writeStaticNodes(now.filter((one) => !gone.has(named(one))));
    await node.disallow(plan.disallow);
    done.push(...plan.disallow.map((one) => `no longer allows ${named(one)}`));
  }
  // An address that is taken over keeps its old owner on the list while nobody may be cut off.
  if (plan.allow.length > 0) {
    done.push(...(await allowed(node, plan.allow)).map((one) => `allows ${named(one)}`));
  }
  if (plan.staticNodes !== null) {
    const file = removals ? plan.staticNodes : [...(now ?? []), ...plan.staticNodes.filter((one) => now?.some((other) => named(other) === named(one)) !== true)];
    if (removals || file.length !== now?.length) {
      await node.writeStaticNodes(file);
      done.push(`the file of static nodes lists ${file.length}`);
    }
  }
  if (removals) {
    for (const one of plan.eject) {
      await node.disconnect(one);
      done.push(`ejects ${named(one)}, ${one.why === "banned" ? "a node of a suspended or expelled member" : "a stranger: no member has this key"}`);
    }
  }
  for (const one of plan.connect) await node.connect(one).catch(unlessRefused);
  return done;
}

/** What one member registered must not keep the others out: an entry that the node refuses is left, and shows as drift. */
function unlessRefused(error: unknown): void {
  if (!isFault(error, "NODE_ADMIN_REFUSED")) throw error;
}

/** Allows all at once, or one by one where the node refuses them together. Gives those it took. */
async function allowed(node: NodeAdmin, nodes: readonly NodeEndpoint[]): Promise<readonly NodeEndpoint[]> {
  try {
    await node.allow(nodes);
    return nodes;
  } catch (error) {
    unlessRefused(error);
  }
  const taken: NodeEndpoint[] = [];
  for (const one of nodes) {
    const ok = await node.allow([one]).then(
      () => true,
      (error: unknown) => {
        unlessRefused(error);
        return false;
      },
    );
    if (ok) taken.push(one);
  }
  return taken;
}
