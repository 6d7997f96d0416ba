import { setImmediate } from "node:timers/promises";
import test from "ava";
import { directorySync } from "../../../node-agent/src/blocks/directory-sync.ts";
import { limiter } from "../../../node-agent/src/blocks/limiter.ts";

/** An fsync that ends when told. */
function held(): { fsync(directory: string): Promise<void>; begun: string[]; end(error?: Error): Promise<void> } {
  const begun: string[] = [];
  const ends: ((error?: Error) => void)[] = [];
  return {
    begun,
    fsync(directory) {
      begun.push(directory);
      return new Promise((resolve, reject) => ends.push((error) => (error === undefined ? resolve() : reject(error))));
    },
    async end(error) {
      ends.shift()?.(error);
      await setImmediate();
    },
  };
}

test("requests made while an fsync runs share the next one and never ride on the running one", async (t) => {
  const { fsync, begun, end } = held();
  const directories = directorySync(fsync);
  const done: string[] = [];
  const ask = (name: string, directory = "a"): void => void directories.sync(directory).then(() => done.push(name));
  ask("first");
  ask("second");
  ask("third");
  ask("elsewhere", "b");
  t.deepEqual(begun, ["a", "b"]);
  await end();
  t.deepEqual(done, ["first"]);
  t.deepEqual(begun, ["a", "b", "a"]);
  ask("fourth");
  await end();
  t.deepEqual(done, ["first", "elsewhere"]);
  await end();
  t.deepEqual(done, ["first", "elsewhere", "second", "third"]);
  t.deepEqual(begun, ["a", "b", "a", "a"]);
  await end();
  t.deepEqual(done.at(-1), "fourth");
  ask("fifth");
  await end();
  t.is(done.at(-1), "fifth");
  t.is(begun.length, 5);
});

test("a failed fsync fails those who waited for it and not those who come after", async (t) => {
  const { fsync, end } = held();
  const directories = directorySync(fsync);
  const first = directories.sync("a");
  const second = directories.sync("a");
  const refused = t.throwsAsync(first, { message: "broken disk" });
  await end(new Error("broken disk"));
  await refused;
  await end();
  await second;
  t.pass();
});

test("a limiter keeps its limit and its order, also when tasks throw", async (t) => {
  const place = limiter(3);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      place(async () => {
        order.push(i);
        most = Math.max(most, ++running);
        await setImmediate();
        running--;
        if (i % 4 === 0) throw new RangeError(String(i));
        return i;
      }),
    ),
  );
  t.is(most, 3);
  t.deepEqual(order, [...order].sort((one, two) => one - two));
  t.is(outcomes.filter(({ status }) => status === "rejected").length, 5);
});
