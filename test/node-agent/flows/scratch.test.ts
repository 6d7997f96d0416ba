import test from "ava";
import { Scratch } from "../../../node-agent/src/flows/scratch.ts";
import { giveBack } from "../../../node-agent/src/model/give-back.ts";

test("what was taken is whole, and its memory can be given back whatever its size", (t) => {
  for (const size of [4000, 9000, 60_000, Buffer.poolSize, Buffer.poolSize + 1, 3_000_000]) {
    const scratch = new Scratch();
    // The second is given memory by the first one's length.
    for (const turn of [1, 2]) {
      scratch.clear();
      for (let at = 0; at < size; at += 1000) scratch.add(Buffer.alloc(Math.min(1000, size - at), turn));
      const taken = scratch.take();
      t.true(taken.equals(Buffer.alloc(size, turn)));
      giveBack(taken);
      t.is(taken.length, 0, `${size} bytes`);
    }
  }
});
