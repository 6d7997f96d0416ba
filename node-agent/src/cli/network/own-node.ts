import type { Config } from "../../config/schema.ts";
import { lookBack } from "../../consortium/live-signers.ts";
import { createNodeObserver } from "../../consortium/observe-node.ts";
import { judgeStep, type Signers, type ValidatorStep } from "../../consortium/quorum.ts";
import { createBesuAdmin } from "../../ledger/besu-admin.ts";
import { ledgerDefaults } from "../../ledger/config.ts";
import { createRpc } from "../../ledger/rpc.ts";
import { fault } from "../../model/fault.ts";
import type { Address } from "../../model/ids.ts";
import type { NodeAdmin } from "../../ports/node-admin.ts";

/** Runs `work` with the administration of this institution's node. Throws CLI_USAGE where the configuration names none. */
export async function withNodeAdmin<Value>(config: Config, work: (admin: NodeAdmin) => Promise<Value>): Promise<Value> {
  if (config.chain.admin === null) throw fault("CLI_USAGE", { why: "this command needs the node's administration: give chain.admin in the configuration" });
  const rpc = createRpc({ endpoint: config.chain.admin, timeoutMs: ledgerDefaults.timeoutMs, retries: 1 });
  try {
    return await work(createBesuAdmin(rpc, { staticNodes: null, permissions: null }));
  } finally {
    await rpc.close();
  }
}

/** Who may sign and who does, as the chain shows. */
export async function signersAt(admin: NodeAdmin): Promise<Signers> {
  const { validators, live } = await createNodeObserver(admin)();
  return { validators, live };
}

/** Throws NETWORK_STEP_UNSAFE when the step would stop the chain. */
export async function demandSafe(admin: NodeAdmin, step: ValidatorStep): Promise<void> {
  const verdict = judgeStep(await signersAt(admin), step);
  if (!verdict.safe) throw fault("NETWORK_STEP_UNSAFE", { reason: verdict.reason });
}

/** How many of the last blocks a validator proposed. */
export async function proposedBy(admin: NodeAdmin, validator: Address): Promise<number> {
  const [head, validators] = await Promise.all([admin.head(), admin.validators()]);
  const activity = await admin.activity(Math.max(1, head - lookBack(validators.length) + 1), head);
  return activity.find(({ address }) => address === validator)?.proposed ?? 0;
}
