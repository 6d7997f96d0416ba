import { Fault, fault, isFault } from "../model/fault.ts";
import type { LedgerBatch } from "../ports/ledger.ts";
import type { FlowContext } from "./context.ts";

/** Events applied in one transaction during a long replay: large enough to be fast, small enough to show progress. */
const eventsPerApply = 4000;
/** What LEDGER_REORG says of a block that the node does not have. */
const missing = "missing";
const firstRetryMs = 250;
const longestRetryMs = 10_000;

/** The cursor's block must still be the one it was: final blocks do not change. Throws LEDGER_REORG; LEDGER_WRONG_CHAIN when the node serves another chain altogether. */
async function checkCursor(context: FlowContext): Promise<void> {
  const cursor = context.ledgerIndex.cursor();
  if (cursor === null) return;
  const block = await context.reader.block(cursor.number);
  if (block?.hash === cursor.hash) return;
  // A node exchanged for a foreign one says nothing about our chain: that passes when the right one is back, a rewritten history does not.
  await context.reader.verifyChain();
  throw fault("LEDGER_REORG", { block: cursor.number, expected: cursor.hash, actual: block?.hash ?? missing });
}

/** Says of every kind of event that this version cannot read that it was met, once per batch and kind; all of them are kept. */
function tellUnknown(context: FlowContext, batches: readonly LedgerBatch[]): void {
  const seen = new Set<string>();
  for (const event of batches.flatMap((batch) => batch.events)) {
    if (event.kind !== "Unknown") continue;
    const topic = event.topics[0] ?? "none";
    const key = `${event.contract} ${topic}`;
    if (!seen.has(key)) context.log.warn("an event that this version cannot read is kept as it is: a contract is newer than this agent", { contract: event.contract, topic, block: event.block });
    seen.add(key);
  }
}

function apply(context: FlowContext, batches: readonly LedgerBatch[]): void {
  const last = batches.at(-1);
  if (last === undefined) return;
  const events = batches.reduce((sum, batch) => sum + batch.events.length, 0);
  context.ledgerIndex.apply(batches);
  tellUnknown(context, batches);
  if (events > 0) {
    context.metrics.count("fiducial_ledger_events_total", {}, events);
    context.wake.ring();
  }
}

async function follow(context: FlowContext, signal: AbortSignal): Promise<void> {
  const { reader, ledgerIndex, watch, metrics, clock, settings } = context;
  const head = await reader.head();
  const from = (ledgerIndex.cursor()?.number ?? settings.deployedAtBlock - 1) + 1;
  if (head.number >= from || (ledgerIndex.cursor() !== null && head.number < from - 1)) await checkCursor(context);
  const settle = (): void => {
    const cursor = ledgerIndex.cursor();
    if (cursor === null) return;
    const before = watch.unfit();
    watch.moved(cursor, cursor.number > head.number ? cursor : head);
    if (before !== null && watch.unfit() === null) context.wake.ring();
    metrics.set("fiducial_ledger_unknown_events", {}, ledgerIndex.counts().unknown);
    metrics.set("fiducial_ledger_head_block", {}, head.number);
    metrics.set("fiducial_ledger_head_age_seconds", {}, Math.max(0, clock.now() / 1000 - head.timestamp));
    metrics.set("fiducial_ledger_index_lag_blocks", {}, Math.max(0, head.number - cursor.number));
  };
  let held: LedgerBatch[] = [];
  let events = 0;
  if (head.number >= from) {
    for await (const batch of reader.batches(from, signal)) {
      held.push(batch);
      events += batch.events.length;
      if (events < eventsPerApply) continue;
      apply(context, held);
      settle();
      held = [];
      events = 0;
    }
    apply(context, held);
  }
  settle();
  await reader.waitForBlock(ledgerIndex.cursor()?.number ?? head.number, signal);
}

/**
 * Keeps the local index at the chain's head until the signal aborts. One cursor, moved with the events it stands for in one transaction. A node
 * that does not answer is asked again, ever more slowly, and the index ages (`watch`); one that lacks the cursor's block (restored, still catching up) is
 * not acted upon until it has it. A changed final block stops it for good with an alarm: nothing
 * is decided, written or handed over on top of a history that is in doubt, and local data stays as it is. Never throws.
 */
export async function observeLedger(context: FlowContext, signal: AbortSignal): Promise<void> {
  const { reader, watch, log, clock } = context;
  let verified = false;
  let failures = 0;
  while (!signal.aborted) {
    try {
      if (!verified) {
        await reader.verifyChain();
        verified = true;
      }
      await follow(context, signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) break;
      if (isFault(error, "LEDGER_REORG") && error.details.actual === missing) {
        watch.doubted(error);
      } else if (isFault(error, "LEDGER_WRONG_CHAIN") || isFault(error, "LEDGER_NO_CONTRACT")) {
        // Not a matter of age: what this node says is not about our chain, from the first word on.
        watch.doubted(error);
      } else if (isFault(error, "LEDGER_REORG")) {
        watch.alarm(error);
        log.error("a final block changed: the agent stops acting on the chain", {}, error);
        context.wake.ring();
        return;
      }
      // A node that was exchanged or restored behind our back must prove itself again.
      verified = false;
      failures++;
      if (watch.view().error !== error) watch.failed(error);
      if (failures === 1 || failures % 20 === 0) log.warn("the chain cannot be followed", { attempt: failures, code: error instanceof Fault ? error.code : "unexpected" }, error);
      await clock.sleep(Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures, 10)), signal).catch(() => undefined);
    }
  }
  watch.stopped();
}
