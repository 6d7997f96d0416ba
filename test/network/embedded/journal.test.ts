import { mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import fc from "fast-check";
import { isFault } from "../../../node-agent/src/model/fault.ts";
import { openJournal } from "../../../network/embedded/journal.ts";
import { decodeRecord, encodeRecord, type JournalRecord } from "../../../network/embedded/journal-format.ts";

const hash = fc.stringMatching(/^0x[0-9a-f]{64}$/u);
const raw = fc.stringMatching(/^0x([0-9a-f]{2}){1,40}$/u);
const record: fc.Arbitrary<JournalRecord> = fc.oneof(
  fc.record({ kind: fc.constant("block" as const), number: fc.nat(), timestamp: fc.nat(), transactions: fc.array(raw, { maxLength: 5 }) }),
  fc.record({ kind: fc.constant("hash" as const), number: fc.nat(), hash }),
);

test("a record reads back, and no shortened or altered one does", (t) => {
  fc.assert(
    fc.property(record, fc.nat(), (given, place) => {
      const line = encodeRecord(given).slice(0, -1);
      t.deepEqual(decodeRecord(line), given);
      const at = place % line.length;
      t.is(decodeRecord(line.slice(0, at)), null);
      const other = line[at] === "7" ? "8" : "7";
      t.is(decodeRecord(line.slice(0, at) + other + line.slice(at + 1)), null);
    }),
  );
});

test("records come back in order across buffer borders", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-journal-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const records: JournalRecord[] = Array.from({ length: 40 }, (_, number) => ({ kind: "block", number, timestamp: number, transactions: [`0x${"ab".repeat(50_000)}`] }));
  const journal = openJournal(join(dir, "journal"));
  for (const one of records) journal.append([one]);
  journal.close();
  const again = openJournal(join(dir, "journal"));
  t.deepEqual([...again.records()], records);
  again.close();
});

test("a full disk refuses the record and says so", (t) => {
  if (!existsSync("/dev/full")) {
    t.log("SKIPPED: no /dev/full on this machine");
    return t.pass();
  }
  const journal = openJournal("/dev/full");
  const error = t.throws(() => journal.append([{ kind: "block", number: 1, timestamp: 1, transactions: [] }]));
  t.true(isFault(error, "CHAIN_JOURNAL_WRITE"));
  t.regex(error?.message ?? "", /ENOSPC/u);
  journal.close();
});
