import test from "ava";
import { runCommand } from "../../../scripts/testing/command.ts";
import { silentFiles } from "../../../scripts/testing/silent-files.ts";

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** True once the process is gone. */
async function ends(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 300 && alive(pid); tries++) await new Promise((done) => setTimeout(done, 100));
  return !alive(pid);
}

test("a program that ends is heard to its last line", async (t) => {
  const lines: string[] = [];
  const { status, output, stalled } = await runCommand("sh", ["-c", "echo one; echo two >&2; printf three; exit 7"], (line) => lines.push(line));
  t.is(status, 7);
  t.false(stalled);
  t.deepEqual([...lines].sort(), ["one", "three", "two"]);
  t.is(output, lines.join("\n"));
});

test("a daemon that the program forgot, and that holds its streams, is ended and not waited for", async (t) => {
  const { status, output } = await runCommand("sh", ["-c", "sleep 600 & echo $!"], () => {});
  t.is(status, 0);
  t.true(await ends(Number(output)));
});

test("a program that says nothing any more is ended with all that it started", async (t) => {
  const { status, output, stalled } = await runCommand("sh", ["-c", "trap '' TERM; sleep 600 & echo $!; wait; sleep 600"], () => {}, { patienceSeconds: 1 });
  t.true(stalled);
  t.is(status, 1);
  t.true(await ends(Number(output)));
});

test("the files that have said nothing are named", (t) => {
  const files = ["test/z.test.ts", "test/a/b.test.ts", "test/a/b-c.test.ts"];
  t.deepEqual(silentFiles(files, ["a › b › one title", "a › b-c › another › with a mark"]), ["test/z.test.ts"]);
  t.deepEqual(silentFiles(files, []), files);
});
