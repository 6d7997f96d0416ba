import { mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import test from "ava";
import fc from "fast-check";
import { openJournal } from "../../../node-agent/src/journal/journal.ts";
import { Fault } from "../../../node-agent/src/model/fault.ts";
import { killAfter } from "../../support/kill-after.ts";

const folder = await mkdtemp(join(tmpdir(), "fiducial-journal-"));
test.after.always(() => rm(folder, { recursive: true }));
const path = (name: string): string => join(folder, `${name}.db`);
const never = async (): Promise<never> => {
  throw new Error("this step is recorded and must not run");
};

test("recorded steps give their values again without running, also after a restart", async (t) => {
  let journal = openJournal(path("steps"));
  const run = journal.open("share", "study", { size: 5 });
  t.is(await run.step("one", async () => 1), 1);
  t.is(await run.step("nothing", async () => undefined), undefined);
  t.deepEqual(await run.step("record", async () => ({ list: [1, "a", null], flag: true })), { list: [1, "a", null], flag: true });
  t.is(await run.step<number>("one", never), 1);
  journal.close();
  journal = openJournal(path("steps"));
  t.deepEqual(journal.unfinished().map(({ openedAt, ...rest }) => ({ ...rest, openedAt: openedAt > 0 })), [
    { flow: "share", key: "study", input: { size: 5 }, steps: ["one", "nothing", "record"], openedAt: true },
  ]);
  const again = journal.open("share", "study", { size: 6 });
  t.is(await again.step<number>("one", never), 1);
  t.is(await again.step<undefined>("nothing", never), undefined);
  t.deepEqual(journal.unfinished()[0]?.input, { size: 5 }, "the first input stands");
  again.done();
  t.deepEqual(journal.unfinished(), []);
  journal.close();
});

test("failing work records nothing and may be tried again", async (t) => {
  const journal = openJournal(path("failing"));
  const run = journal.open("f", "k", null);
  const broken = new Error("broken");
  t.is(await t.throwsAsync(run.step("one", async () => Promise.reject(broken))), broken);
  t.is(
    await t.throwsAsync(
      run.step("one", () => {
        throw broken;
      }),
    ),
    broken,
    "also when it throws before its promise",
  );
  t.deepEqual(journal.unfinished()[0]?.steps, []);
  t.is(await run.step("one", async () => 2), 2);
  journal.close();
});

test("two callers of one run share a step in flight, and its failure", async (t) => {
  const journal = openJournal(path("shared"));
  const [one, two] = [journal.open("f", "k", 1), journal.open("f", "k", 1)];
  let ran = 0;
  const slow = async (): Promise<{ ran: number }> => {
    ran += 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { ran };
  };
  const [first, second] = await Promise.all([one.step("slow", slow), two.step("slow", slow)]);
  t.deepEqual([first, second, ran], [{ ran: 1 }, { ran: 1 }, 1]);
  t.not(first, second, "callers cannot change each other's value");
  let failures = 0;
  const failing = async (): Promise<never> => {
    failures += 1;
    await new Promise((resolve) => setTimeout(resolve, 5));
    throw new Error("down");
  };
  const results = await Promise.allSettled([one.step("fails", failing), two.step("fails", failing)]);
  t.deepEqual([results.map(({ status }) => status), failures], [["rejected", "rejected"], 1]);
  const other = journal.open("f", "other", 1);
  t.deepEqual(await other.step("slow", slow), { ran: 2 }, "another key is another run");
  journal.close();
});

test("a closed run is history: its name starts anew, its late steps are refused", async (t) => {
  const journal = openJournal(path("closed"));
  for (const end of ["done", "failed"] as const) {
    const run = journal.open("f", end, null);
    await run.step("one", async () => 1);
    if (end === "done") run.done();
    else run.failed("LEDGER_REVERTED");
    run.done();
    t.is(await run.step<number>("one", never), 1, "what is recorded can still be read");
    t.is((await t.throwsAsync(run.step("two", async () => 2), { instanceOf: Fault }))?.code, "JOURNAL_RUN_CLOSED");
    t.is(await journal.open("f", end, null).step("one", async () => 5), 5);
  }
  t.is(journal.unfinished().length, 2);
  journal.close();
});

test("what JSON would change is refused and not recorded", async (t) => {
  const journal = openJournal(path("json"));
  const run = journal.open("f", "k", {});
  for (const value of [1n, Number.NaN, new Uint8Array(2), new Map(), new Date(0), { deep: [{ x: () => 1 }] }])
    t.is((await t.throwsAsync(run.step("bad", async () => value), { instanceOf: Fault }))?.code, "JOURNAL_VALUE_NOT_JSON");
  t.is(t.throws(() => journal.open("f", "bad input", { n: 5n }), { instanceOf: Fault })?.code, "JOURNAL_VALUE_NOT_JSON");
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), fc.string(), async (value, name) => {
      const own = journal.open("property", `${name}${Math.random()}`, value);
      const first = await own.step(name, async () => value);
      t.deepEqual(first, JSON.parse(JSON.stringify(value)));
      t.deepEqual(await own.step<unknown>(name, never), first);
      own.done();
    }),
    { numRuns: 30 },
  );
  t.deepEqual(journal.unfinished().map(({ key, steps }) => [key, steps]), [["k", []]]);
  journal.close();
});

test("closed runs are forgotten after their time, open ones never", (t) => {
  let now = 1000;
  const settings = { now: () => now, keepMilliseconds: 500 };
  let journal = openJournal(path("prune"), settings);
  journal.open("f", "old", 1).done();
  journal.open("f", "open", 1);
  now = 1400;
  journal.open("f", "recent", 1).done();
  journal.close();
  now = 1600;
  journal = openJournal(path("prune"), settings);
  t.deepEqual(journal.unfinished().map(({ key, openedAt }) => [key, openedAt]), [["open", 1000]]);
  journal.close();
  const sqlite = new DatabaseSync(path("prune"));
  t.deepEqual(sqlite.prepare("SELECT key FROM runs ORDER BY no").all().map((row) => row["key"]), ["open", "recent"]);
  sqlite.close();
});

test("killed between any two moments, no recorded step is lost and each unrecorded one runs again", async (t) => {
  for (const count of [1, 20, 90]) {
    const [file, effects] = [path(`crash-${count}`), join(folder, `effects-${count}`)];
    const lines = await killAfter(count, "test/node-agent/journal/steps-until-killed.ts", file, effects);
    const journal = openJournal(file);
    const [entry] = journal.unfinished();
    const recorded = entry?.steps.length ?? 0;
    const begun = (await readFile(effects, "utf8")).trim().split("\n").length;
    t.true(recorded >= lines.length, "what was acknowledged is recorded");
    t.true(begun >= recorded && begun <= recorded + 1, "nothing is recorded before its work is done");
    t.deepEqual(entry?.steps, Array.from({ length: recorded }, (_, step) => `step ${step}`), "in order");
    const run = journal.open("flow", "key", null);
    for (let step = 0; step < recorded; step++) t.deepEqual(await run.step<unknown>(`step ${step}`, never), { step });
    journal.close();
  }
});

test("damage and a second process are refused; the file is the owner's and is never thrown away", async (t) => {
  const journal = openJournal(path("alone"));
  for (let turn = 0; turn < 200; turn++) journal.open("f", `key ${turn}`, { text: "x".repeat(200) });
  t.is((await stat(path("alone"))).mode & 0o777, 0o600);
  t.is(t.throws(() => openJournal(path("alone")), { instanceOf: Fault })?.code, "DATABASE_IN_USE");
  const run = journal.open("f", "late", null);
  journal.close();
  t.is((await t.throwsAsync(run.step("late", async () => 1), { instanceOf: Fault }))?.code, "DATABASE_UNUSABLE");
  const handle = await open(path("alone"), "r+");
  await handle.write(Buffer.alloc(3000, 0x5a), 0, 3000, 12_288);
  await handle.close();
  t.is(t.throws(() => openJournal(path("alone")), { instanceOf: Fault })?.code, "JOURNAL_DAMAGED");
  t.true((await stat(path("alone"))).size > 12_288);
  await writeFile(path("text"), "no journal ".repeat(200));
  t.is(t.throws(() => openJournal(path("text")), { instanceOf: Fault })?.code, "JOURNAL_DAMAGED");
});
