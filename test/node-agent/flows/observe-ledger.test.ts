import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import type { HospitalContext } from "../../../node-agent/src/flows/context.ts";
import { guardedWriter } from "../../../node-agent/src/flows/guarded-writer.ts";
import { observeLedger } from "../../../node-agent/src/flows/observe-ledger.ts";
import { fault } from "../../../node-agent/src/model/fault.ts";
import { digest, memberId } from "../../../node-agent/src/model/ids.ts";
import type { BlockRef, LedgerReader } from "../../../node-agent/src/ports/ledger.ts";
import { newRequestId } from "../../../node-agent/src/flows/request-access.ts";
import { Town } from "./support/room.ts";

const hashOf = (text: string) => digest(`0x${Buffer.from(text).toString("hex").padEnd(64, "0")}`);

/** A node that says what it is told to: `blocks` are its chain, `broken` makes every call fail. */
class Node {
  blocks: BlockRef[] = [];
  broken = false;
  verified = 0;

  grow(count: number, branch = "a"): void {
    for (let i = 0; i < count; i++) {
      const number = this.blocks.length;
      this.blocks.push({ number, hash: hashOf(`${branch}${number}`), timestamp: Math.floor(Date.now() / 1000) });
    }
  }

  reader(real: LedgerReader): LedgerReader {
    const answer = <Value>(value: Value): Value => {
      if (this.broken) throw fault("LEDGER_UNREACHABLE", { method: "test", reason: "broken" });
      return value;
    };
    const head = (): BlockRef => this.blocks.at(-1) ?? { number: 0, hash: hashOf("none"), timestamp: 0 };
    const blocks = (from: number) => this.blocks.slice(from).map((block) => ({ block, events: [] }));
    return {
      ...real,
      verifyChain: async () => {
        this.verified++;
        answer(null);
      },
      head: async () => answer(head()),
      block: async (number) => answer(this.blocks[number] ?? null),
      async *batches(from) {
        yield* answer(blocks(from));
      },
      waitForBlock: async () => void (await sleep(5)),
    };
  }
}

async function scene(t: { teardown(fn: () => Promise<void>): void }) {
  const town = new Town();
  const node = new Node();
  const stop = new AbortController();
  await town.open(1);
  const base = town.at(1);
  // The town told its own first block; this chain goes on from there.
  node.blocks = [{ number: 0, hash: hashOf("genesis"), timestamp: 0 }, base.ledgerIndex.cursor() ?? { number: 1, hash: hashOf("x"), timestamp: 0 }];
  const context: HospitalContext = { ...base, reader: node.reader(base.reader) };
  const loop = observeLedger(context, stop.signal);
  t.teardown(async () => {
    stop.abort();
    await loop;
    await town.close();
  });
  const until = async (what: () => boolean): Promise<void> => {
    for (let i = 0; i < 1000 && !what(); i++) await sleep(10);
    if (!what()) throw new Error(`waited in vain: ${JSON.stringify(context.watch.view())}`);
  };
  return { node, context, until, loop };
}

test("the index follows the head, and a node that is away is taken up again", async (t) => {
  const { node, context, until } = await scene(t);
  node.grow(3);
  await until(() => context.ledgerIndex.cursor()?.number === 4 && context.watch.unfit() === null);
  node.broken = true;
  await until(() => context.watch.view().error?.code === "LEDGER_UNREACHABLE");
  const { verified } = node;
  node.broken = false;
  node.grow(2);
  await until(() => context.ledgerIndex.cursor()?.number === 6 && context.watch.unfit() === null);
  t.true(node.verified > verified, "a node that was away proves itself again");
});

test("a node that lacks the cursor's block is doubted until it has it", async (t) => {
  const { node, context, until } = await scene(t);
  node.grow(3);
  await until(() => context.ledgerIndex.cursor()?.number === 4);
  const whole = node.blocks;
  node.blocks = whole.slice(0, 2);
  await until(() => context.watch.unfit()?.code === "LEDGER_REORG");
  t.not(context.watch.view().phase, "alarm");
  node.blocks = whole;
  node.grow(1);
  await until(() => context.watch.unfit() === null && context.ledgerIndex.cursor()?.number === 5);
  t.pass();
});

test("a final block that changed stops the agent for good, its data untouched, and nothing new is written", async (t) => {
  const { node, context, until, loop } = await scene(t);
  node.grow(3);
  await until(() => context.ledgerIndex.cursor()?.number === 4);
  node.blocks = node.blocks.slice(0, 2);
  node.grow(6, "b");
  await until(() => context.watch.view().phase === "alarm");
  await loop;
  t.is(context.ledgerIndex.cursor()?.number, 4);
  t.is(context.watch.unfit()?.code, "LEDGER_REORG");
  const writer = guardedWriter(context.writer, context.watch);
  const request = newRequestId();
  await t.throwsAsync(writer.submit("request", { kind: "expireRequest", request }), { message: /block 4 was/u });
  t.is(writer.pending(), 0);
  t.is(context.self.member, memberId(1));
});
