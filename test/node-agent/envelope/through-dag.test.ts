import { randomBytes } from "node:crypto";
import test from "ava";
import { buildFile, leafBytes } from "../../../node-agent/src/dag/build-file.ts";
import { catFile, fileReader } from "../../../node-agent/src/dag/read-file.ts";
import { open } from "../../../node-agent/src/envelope/open.ts";
import { rangeReader } from "../../../node-agent/src/envelope/open-range.ts";
import { seal } from "../../../node-agent/src/envelope/seal.ts";
import { newSessionKey } from "../../../node-agent/src/envelope/session-key.ts";
import { memory } from "../dag/memory.ts";
import { joined, reusing } from "./bytes.ts";

test("a large object sealed into a DAG as a stream is read whole and by frame", async (t) => {
  const sessionKey = newSessionKey();
  const plain = randomBytes(6 * leafBytes + 4321);
  const store = memory();
  const sealed = seal({ sessionKey, prefix: randomBytes(0), size: plain.length, source: reusing(plain, 70_000) });
  const { cid } = await buildFile(sealed, store.put);
  t.true((await joined(open({ sessionKey, source: catFile(cid, store.get) }))).equals(plain));
  let bytesRead = 0;
  const file = await fileReader(cid, async (one) => {
    const bytes = await store.get(one);
    bytesRead += bytes?.length ?? 0;
    return bytes;
  });
  const frames = await rangeReader({ sessionKey, read: file.read });
  bytesRead = 0;
  const [start, end] = [4 * leafBytes + 100, 4 * leafBytes + 300_000];
  t.true((await joined(frames.range(start, end))).equals(plain.subarray(start, end)));
  t.true(bytesRead <= 2 * leafBytes, "a frame costs the leaves that hold it");
});
