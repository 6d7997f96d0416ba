import type { FlowContext } from "./context.ts";

const stepMs = 20;
const longestMs = 15_000;

/** Waits until the local index has applied a block, so that what was just written can be read back here. Gives up with LEDGER_CATCHING_UP or the reason the index stands still. */
export async function whenIndexed(context: FlowContext, block: number): Promise<void> {
  const deadline = context.clock.now() + longestMs;
  while ((context.ledgerIndex.cursor()?.number ?? -1) < block) {
    if (context.clock.now() > deadline || context.watch.view().phase === "alarm") context.watch.demandFit();
    if (context.clock.now() > deadline) return;
    await context.clock.sleep(stepMs, context.role === "hospital" ? context.signal : undefined);
  }
}
