import test from "ava";
import { giveBack, giveBackWhole } from "../../../node-agent/src/model/give-back.ts";

const large = 100_000;

test("memory given back is gone from every view of it", (t) => {
  const bytes = Buffer.allocUnsafeSlow(large);
  const view = bytes.subarray(10, 20);
  giveBack(bytes.subarray(36));
  t.is(bytes.length, 0);
  t.is(view.length, 0);
  t.true(bytes.buffer instanceof ArrayBuffer && bytes.buffer.detached);
  t.notThrows(() => giveBack(bytes), "twice is harmless");
});

test("what others may look into is left alone", (t) => {
  const pooled = Buffer.from("cut out of Node's pool");
  giveBack(pooled);
  t.is(pooled.toString(), "cut out of Node's pool");
  const shared = new Uint8Array(new SharedArrayBuffer(large));
  giveBack(shared);
  t.is(shared.length, large);
  const part = Buffer.allocUnsafeSlow(large).subarray(1);
  giveBackWhole(part);
  t.is(part.length, large - 1, "one byte of it may be somebody else's");
  const whole = Buffer.allocUnsafeSlow(large);
  giveBackWhole(whole);
  t.is(whole.length, 0);
});
