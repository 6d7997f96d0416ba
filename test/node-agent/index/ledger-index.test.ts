import { mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import test from "ava";
import { armText } from "../../../node-agent/src/index/history.ts";
import { openLedgerIndex } from "../../../node-agent/src/index/ledger-index.ts";
import { Fault } from "../../../node-agent/src/model/fault.ts";
import { address, digest, memberId } from "../../../node-agent/src/model/ids.ts";
import type { LedgerBatch } from "../../../node-agent/src/ports/ledger.ts";
import { syntheticBatches, syntheticStudy } from "../../../scripts/bench/synthetic-history.ts";
import { killAfter } from "../../support/kill-after.ts";

const folder = await mkdtemp(join(tmpdir(), "fiducial-index-"));
test.after.always(() => rm(folder, { recursive: true }));
const path = (name: string): string => join(folder, `${name}.db`);
const chain = (events: number): LedgerBatch[] => [...syntheticBatches(events, Math.max(1, Math.floor(events / 50)))];
const [first, second, third] = chain(60);
if (first === undefined || second === undefined || third === undefined) throw new Error("three blocks are needed");

test("a batch at or below the cursor is refused and changes nothing", (t) => {
  const index = openLedgerIndex(path("gap"));
  t.is(index.cursor(), null);
  index.apply([]);
  t.is(index.cursor(), null);
  index.apply([first, second]);
  const before = index.stateHash();
  for (const batches of [[second], [first], [third, third], [third, second]]) {
    t.is(t.throws(() => index.apply(batches), { instanceOf: Fault })?.code, "LEDGER_INDEX_GAP");
    t.is(index.stateHash(), before);
  }
  index.apply([{ block: { ...third.block, number: 900 }, events: [] }]);
  t.is(index.cursor()?.number, 900, "blocks without events are skipped");
  index.close();
});

test("a batch that contradicts itself is refused whole", (t) => {
  const index = openLedgerIndex(path("invalid"));
  const [one, two] = first.events;
  if (one === undefined || two === undefined) return t.fail();
  const wrong = [[two, one], [one, one], [{ ...one, block: 7 }], [{ ...one, logIndex: 2 ** 20 }]];
  for (const events of wrong)
    t.is(t.throws(() => index.apply([{ block: first.block, events }]), { instanceOf: Fault })?.code, "LEDGER_INDEX_BATCH_INVALID");
  t.is(index.counts().events, 0);
  index.close();
});

test("a failure in the middle of a transaction leaves neither rows nor cursor, and the next try is whole", (t) => {
  const expected = openLedgerIndex(path("rollback-whole"));
  expected.apply([first, second]);
  const index = openLedgerIndex(path("rollback"));
  const broken = { ...second, events: [...second.events.slice(0, -1), { ...second.events.at(-1), transaction: 5 }] } as unknown as LedgerBatch;
  t.throws(() => index.apply([first, broken]), { instanceOf: TypeError });
  t.is(index.cursor(), null);
  t.deepEqual(index.history({ limit: 10 }).events, []);
  index.apply([first, second]);
  t.is(index.stateHash(), expected.stateHash());
  index.close();
  expected.close();
});

test("a consent for any hospital covers all but whoever the patient revoked", (t) => {
  const index = openLedgerIndex(path("any"));
  const [registered] = first.events;
  if (registered?.kind !== "StudyRegistered") return t.fail();
  const { study, patient } = registered;
  const [any, two, three] = [memberId(0), memberId(2), memberId(3)];
  const given = { study, patient, notBefore: 100, expiry: 200, class: "signed" as const, creditAccount: patient, nonce: 0, relayer: two };
  const at = (block: number) => ({ block, timestamp: block, transaction: registered.transaction });
  index.apply([
    { block: { ...first.block, number: 1 }, events: [{ ...registered, ...at(1), logIndex: 0 }] },
    { block: { ...first.block, number: 2 }, events: [{ kind: "ConsentGranted", ...given, grantee: any, purposes: ["HRESCH"], ...at(2), logIndex: 0 }] },
    { block: { ...first.block, number: 3 }, events: [{ kind: "ConsentGranted", ...given, grantee: two, purposes: ["TREAT"], ...at(3), logIndex: 0 }] },
    { block: { ...first.block, number: 4 }, events: [{ kind: "ConsentRevoked", study, patient, grantee: three, class: null, byCustodian: false, nonce: 0, relayer: two, ...at(4), logIndex: 0 }] },
  ]);
  t.is(index.consentFor(study, two, "TREAT", 150)?.grantee, two);
  t.is(index.consentFor(study, two, "HRESCH", 150)?.grantee, any);
  t.is(index.consentFor(study, three, "HRESCH", 150), null, "an own revocation stands against any-hospital consents, as on the chain");
  t.is(index.consentFor(study, memberId(4), "HRESCH", 99), null, "not yet");
  t.is(index.consentFor(study, memberId(4), "HRESCH", 100)?.grantee, any);
  t.is(index.consentFor(study, memberId(4), "HRESCH", 200), null, "the expiry itself is outside");
  t.is(index.consent(study, three), null);
  t.is(index.consents(study).length, 2);
  t.is(index.studies({ consentedTo: memberId(4), at: 150 }).length, 1);
  t.is(index.studies({ consentedTo: three, at: 150 }).length, 0);
  index.close();
});

test("every history query walks an index and sorts nothing", (t) => {
  openLedgerIndex(path("plan")).close();
  const sqlite = new DatabaseSync(path("plan"));
  for (const column of ["study", "patient", "request", "m1", "m2", "m3", "kind", null])
    for (const ascending of [true, false])
      for (const conditions of [[], ["+kind IN (1, 2)", "7 IN (m1, m2, m3)", "+patient IN (SELECT value FROM json_each('[1]'))"]]) {
        const plan = sqlite.prepare(`EXPLAIN QUERY PLAN ${armText(column, conditions, ascending)}`).all(...(column === null ? [] : [1]), 5, 50);
        const steps = plan.map((row) => String(row["detail"]));
        t.regex(steps[0] ?? "", column === null ? /^SEARCH events USING INTEGER PRIMARY KEY/u : new RegExp(`^SEARCH events USING (?:COVERING )?INDEX events_${column} \\(${column}=\\? AND rowid[<>]\\?\\)`, "u"));
        t.notRegex(steps.join("; "), /TEMP B-TREE/u, "rows come in order");
        t.notRegex(steps.join("; "), /SCAN events/u, "no table scan");
      }
  sqlite.close();
});

test("damage and foreign content are thrown away; the caller replays to the same state", async (t) => {
  const batches = chain(3000);
  const build = (name: string): string => {
    const index = openLedgerIndex(path(name));
    if (index.cursor() === null) index.apply(batches);
    const hash = index.stateHash();
    index.close();
    return hash;
  };
  const expected = build("sound");
  const damages: Record<string, (file: string) => Promise<void>> = {
    "garbage in the middle": async (file) => {
      const handle = await open(file, "r+");
      const { size } = await handle.stat();
      for (let at = 8192; at < size; at += 16_384) await handle.write(Buffer.alloc(2000, 0xa5), 0, 2000, at);
      await handle.close();
    },
    "another kind of file": (file) => writeFile(file, "this is not a database, although somebody named it like one".repeat(100)),
    "cut short": async (file) => {
      const bytes = await readFile(file);
      await writeFile(file, bytes.subarray(0, Math.floor(bytes.length / 2)));
    },
    "another version": async (file) => {
      const sqlite = new DatabaseSync(file);
      sqlite.exec("PRAGMA user_version = 99");
      sqlite.close();
    },
    "somebody else's tables": async (file) => {
      await rm(file);
      const sqlite = new DatabaseSync(file);
      sqlite.exec("CREATE TABLE other (a)");
      sqlite.close();
    },
  };
  for (const [name, damage] of Object.entries(damages)) {
    build(name);
    await damage(path(name));
    const index = openLedgerIndex(path(name));
    t.true(index.rebuilt, name);
    t.is(index.cursor(), null, name);
    index.close();
    t.is(build(name), expected, name);
  }
});

test("one process at a time; the file is the owner's alone", async (t) => {
  const index = openLedgerIndex(path("alone"));
  t.is((await stat(path("alone"))).mode & 0o777, 0o600);
  t.is(t.throws(() => openLedgerIndex(path("alone")), { instanceOf: Fault })?.code, "DATABASE_IN_USE");
  index.close();
  openLedgerIndex(path("alone")).close();
  t.is(t.throws(() => openLedgerIndex(join(folder, "absent", "x.db")), { instanceOf: Fault })?.code, "DATABASE_UNUSABLE");
});

test("killed while applying, the index reopens at what was acknowledged or later, and replays to the same state", async (t) => {
  const batches = chain(20_000);
  const whole = openLedgerIndex(path("crash-whole"));
  whole.apply(batches);
  const expected = whole.stateHash();
  whole.close();
  for (const acknowledgements of [1, 9, 30]) {
    const file = path(`crash-${acknowledgements}`);
    const lines = await killAfter(acknowledgements, "test/node-agent/index/apply-until-killed.ts", file, "20000");
    const acknowledged = Number(lines.at(-1));
    const index = openLedgerIndex(file);
    t.false(index.rebuilt);
    const cursor = index.cursor()?.number ?? -1;
    t.true(cursor >= acknowledged, "what was acknowledged is there");
    t.is(index.counts().events, batches.filter(({ block }) => block.number <= cursor).flatMap(({ events }) => events).length, "rows and cursor moved together");
    index.apply(batches.filter(({ block }) => block.number > cursor));
    t.is(index.stateHash(), expected);
    index.close();
  }
});

test("a patient's history is found among many", (t) => {
  const index = openLedgerIndex(path("many"));
  const batches = chain(20_000);
  index.apply(batches);
  const study = syntheticStudy(7);
  const about = batches.flatMap(({ events }) => events).filter((event) => "study" in event && event.study === study.id);
  const page = index.history({ patients: [study.address], limit: 1000, ascending: true });
  t.deepEqual(page.events, about);
  t.true(about.some(({ kind }) => kind === "KeyDelivered"), "also events that do not name the patient");
  index.close();
});

test("an index made from other contracts is made anew; one with unknown events when they may be known now", (t) => {
  const [old, more] = ["of the old version", "of the new version"];
  const open = (contracts: string, events: string) => openLedgerIndex(path("reading"), { reading: { contracts, events } });
  const unknown = { kind: "Unknown" as const, contract: address(`0x${"11".repeat(20)}`), topics: [`0x${"22".repeat(32)}`], data: "0x33", block: first.block.number, timestamp: first.block.timestamp, logIndex: 1000, transaction: first.events[0]?.transaction ?? digest(`0x${"44".repeat(32)}`) };
  const fill = (index: ReturnType<typeof open>, events: typeof first.events) => {
    index.apply([{ block: first.block, events }]);
    index.close();
  };
  fill(open("a", old), first.events);
  let index = open("a", more);
  t.deepEqual([index.rebuilt, index.cursor()?.number], [false, first.block.number], "nothing was unknown: nothing to read again");
  index.close();
  index = open("b", more);
  t.deepEqual([index.rebuilt, index.cursor()], [true, null], "other contracts");
  fill(index, [...first.events, unknown]);
  index = open("b", more);
  t.is(index.rebuilt, false, "the same version keeps what it cannot read");
  const kept = index.history({ limit: 10, kinds: ["Unknown"] }).events[0];
  t.deepEqual(kept?.kind === "Unknown" ? [kept.topics, kept.data] : [], [unknown.topics, unknown.data], "with all its bytes");
  index.close();
  index = open("b", old);
  t.deepEqual([index.rebuilt, index.cursor()], [true, null], "another version reads them again, in their place");
  index.close();
  index = openLedgerIndex(path("reading"));
  t.is(index.rebuilt, false);
  index.close();
});
