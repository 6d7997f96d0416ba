import test from "ava";
import { cidOfRoot } from "../../../node-agent/src/dag/block.ts";
import type { HospitalContext } from "../../../node-agent/src/flows/context.ts";
import { cancelFetch, heldBack, isHeldBack, pauseFetch, resumeFetch } from "../../../node-agent/src/flows/fetch-control.ts";
import { fetchStudy } from "../../../node-agent/src/flows/fetch-study.ts";
import { missingBlocks } from "../../../node-agent/src/flows/missing-blocks.ts";
import { digest } from "../../../node-agent/src/model/ids.ts";
import { grantedScene } from "./support/granted.ts";
import { slices } from "./support/studies.ts";

/** A holder whose line stands still after so many blocks, until it is let go; what it says when it is asked again goes through. */
function stalling(holder: HospitalContext, after: number) {
  const reached = Promise.withResolvers<void>();
  let given = 0;
  const context: HospitalContext = {
    ...holder,
    peers: {
      ...holder.peers,
      async *blocks(member, cids, access, signal) {
        for await (const block of holder.peers.blocks(member, cids, access, signal)) {
          if (++given > after) {
            reached.resolve();
            signal.throwIfAborted();
            await new Promise<void>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
          }
          yield block;
        }
      },
    },
  };
  return { context, reached: reached.promise };
}

test("a paused fetch stops where it is, across restarts, and goes on from there", async (t) => {
  const { holder, request, study } = await grantedScene(t, slices(12));
  const { context, reached } = stalling(holder, 8);
  const running = fetchStudy(context, request);
  await reached;
  const ended = t.throwsAsync(running);
  await pauseFetch(context, request);
  t.true(isHeldBack(await ended));
  t.is(context.progress.get(study.study)?.phase, "paused");
  t.deepEqual([...heldBack(holder)], [[request, "paused"]]);
  const root = cidOfRoot(study.root ?? digest(`0x${"00".repeat(32)}`));
  const missing = await missingBlocks(holder.blocks, root);
  t.true(missing.length > 0 && missing.length < 14, `${missing.length} are missing`);
  await pauseFetch(holder, request);
  resumeFetch(holder, request);
  resumeFetch(holder, request);
  t.is(heldBack(holder).size, 0);
  await fetchStudy(holder, request);
  t.is(holder.catalogue.study(study.study)?.state, "held");
  await t.throwsAsync(pauseFetch(holder, request), { code: "FETCH_NOT_UNDER_WAY" });
});

test("a cancelled fetch leaves nothing behind, and can be taken up again", async (t) => {
  const { holder, request, study } = await grantedScene(t, slices(12));
  const { context, reached } = stalling(holder, 8);
  const running = fetchStudy(context, request);
  const ended = t.throwsAsync(running);
  await reached;
  await cancelFetch(context, request);
  t.true(isHeldBack(await ended) || holder.catalogue.study(study.study)?.droppedBecause === "STUDY_FETCH_CANCELLED");
  const root = cidOfRoot(study.root ?? digest(`0x${"00".repeat(32)}`));
  t.is((await missingBlocks(holder.blocks, root)).length, 1, "not even the root");
  t.is(holder.catalogue.instances(study.study).length, 0);
  t.is(holder.catalogue.study(study.study)?.wrappedKey ?? null, null);
  t.deepEqual([...heldBack(holder)], [[request, "cancelled"]]);
  t.deepEqual(holder.journal.unfinished().map(({ flow }) => flow), ["fetchHeldBack"]);
  resumeFetch(holder, request);
  await fetchStudy(holder, request);
  t.is(holder.catalogue.study(study.study)?.state, "held");
});

test("a request of another hospital, or none, is not steered", async (t) => {
  const { custodian, request, holder } = await grantedScene(t, slices(1));
  await t.throwsAsync(pauseFetch(custodian, request), { code: "REQUEST_NOT_YOURS" });
  t.throws(() => resumeFetch(holder, `0x${"77".repeat(32)}` as typeof request), { code: "REQUEST_UNKNOWN" });
});
