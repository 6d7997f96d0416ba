import { setImmediate } from "node:timers/promises";
import type { Rpc, RpcCall, RpcReply } from "./rpc.ts";

type Waiting = { readonly calls: readonly RpcCall[]; readonly done: (replies: RpcReply[]) => void; readonly fail: (error: unknown) => void };

/** Calls that go to the node in one batch at most; more batches go side by side. */
const most = 40;

/**
 * Sends calls that are asked for in one breath together: a hundred writes that come at once are a few HTTP requests instead of a hundred. Each asker gets
 * its own replies, in the order of its calls; what fails for a batch fails for all in it. Throws as `Rpc` does.
 */
export function createGatherer(rpc: Rpc, signal: AbortSignal): (calls: readonly RpcCall[]) => Promise<RpcReply[]> {
  let waiting: Waiting[] = [];

  async function send(batch: readonly Waiting[]): Promise<void> {
    try {
      const replies = await rpc.askAll(batch.flatMap(({ calls }) => calls), signal);
      let at = 0;
      for (const { calls, done } of batch) {
        done(replies.slice(at, at + calls.length));
        at += calls.length;
      }
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
  }

  async function flush(): Promise<void> {
    await setImmediate();
    const all = waiting;
    waiting = [];
    let batch: Waiting[] = [];
    let size = 0;
    for (const one of all) {
      if (size > 0 && size + one.calls.length > most) {
        void send(batch);
        [batch, size] = [[], 0];
      }
      batch.push(one);
      size += one.calls.length;
    }
    await send(batch);
  }

  return (calls) =>
    new Promise((done, fail) => {
      waiting.push({ calls, done, fail });
      if (waiting.length === 1) void flush();
    });
}
