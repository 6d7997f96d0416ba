import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type OpenLedgerIndex, openLedgerIndex } from "../../node-agent/src/index/ledger-index.ts";
import { memberId } from "../../node-agent/src/model/ids.ts";
import type { LedgerBatch } from "../../node-agent/src/ports/ledger.ts";
import type { BenchRow } from "./row.ts";
import { type SyntheticStudy, syntheticBatches, syntheticStudy } from "./synthetic-history.ts";

const events = 1_000_000;
const studies = 10_000;
const studiesPerPatient = 10;
const pageSize = 50;
const blocksPerApply = 100;

const rssMiB = (): number => Math.round(process.memoryUsage().rss / 2 ** 20);
const middle = (values: number[]): number => values.sort((one, two) => one - two)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Milliseconds that `work` takes. */
function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** The chain in pieces as an agent catches up with it; making the events is not measured. */
function* pieces(): Generator<LedgerBatch[]> {
  let piece: LedgerBatch[] = [];
  for (const batch of syntheticBatches(events, studies)) {
    piece.push(batch);
    if (piece.length < blocksPerApply) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}

const addressesOf = (patient: number): SyntheticStudy["address"][] =>
  Array.from({ length: studiesPerPatient }, (_, place) => syntheticStudy(patient * studiesPerPatient + place).address);

/** The median page of 40 patients in scattered places. */
const medianPage = (read: (patient: number) => unknown): number => middle(Array.from({ length: 40 }, (_, turn) => timed(() => read((turn * 17) % (studies / studiesPerPatient)))));

/**
 * Replay of 1,000,000 events into the ledger index, then histories out of it; the peer is a plain SQLite table of events as JSON with no
 * index but its key, filled and asked in the same run.
 */
export async function run(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "fiducial-bench-"));
  try {
    const file = join(folder, "index.db");
    const index = openLedgerIndex(file);
    const plain = new DatabaseSync(join(folder, "plain.db"));
    plain.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE events (seq INTEGER PRIMARY KEY, patient TEXT, json TEXT)");
    const insert = plain.prepare("INSERT INTO events (patient, json) VALUES (?, ?)");
    let [ours, theirs, processor] = [0, 0, 0];
    for (const piece of pieces()) {
      const before = process.cpuUsage();
      ours += timed(() => index.apply(piece));
      const { user, system } = process.cpuUsage(before);
      processor += (user + system) / 1000;
      theirs += timed(() => {
        plain.exec("BEGIN");
        for (const batch of piece) for (const event of batch.events) insert.run("patient" in event ? event.patient : null, JSON.stringify(event));
        plain.exec("COMMIT");
      });
    }
    const rows = [compared("index replay", "events/s", (events / ours) * 1000, (events / theirs) * 1000, "plain table of JSON, no views, no indexes"), figure("index replay, per second of processor time", "events/s", (events / processor) * 1000), ...queries(index, plain)];
    plain.close();
    index.close();
    const size = (await stat(file)).size / 2 ** 20;
    let again: OpenLedgerIndex | null = null;
    const opening = timed(() => {
      again = openLedgerIndex(file);
    });
    (again as OpenLedgerIndex | null)?.close();
    return [...rows, figure("index file for 1,000,000 events", "MiB", size), figure("opening it, every page checked", "ms", opening)];
  } finally {
    await rm(folder, { recursive: true });
  }
}

function queries(index: OpenLedgerIndex, plain: DatabaseSync): BenchRow[] {
  const select = plain.prepare("SELECT json FROM events WHERE patient IN (SELECT value FROM json_each(?)) ORDER BY seq DESC LIMIT ?");
  const ask = (patient: number): unknown => select.all(JSON.stringify(addressesOf(patient)), pageSize).map((row) => JSON.parse(String(row["json"])) as unknown);
  const theirs = middle([1, 2, 3].map((patient) => timed(() => ask(patient))));
  const patient = medianPage((number) => index.history({ patients: addressesOf(number), limit: pageSize }));
  const member = medianPage((number) => index.history({ member: memberId(1 + (number % 40)), limit: pageSize }));
  const study = medianPage((number) => index.history({ study: syntheticStudy(number).id, limit: pageSize }));
  const whole = medianPage((number) => index.history({ patients: addressesOf(number), limit: 1000 }));
  return [
    { ...figure("history of one patient, page of 50", "ms", patient), peer: "plain SQLite table", peerValue: theirs, ratio: theirs / patient },
    figure("history of one patient, all (about 1000)", "ms", whole),
    figure("history of one member, page of 50", "ms", member),
    figure("history of one study, page of 50", "ms", study),
  ];
}

const figure = (name: string, unit: string, value: number): BenchRow => ({ name, unit, value, rssMiB: rssMiB() });
const compared = (name: string, unit: string, value: number, peerValue: number, peer: string): BenchRow => ({ ...figure(name, unit, value), peer, peerValue, ratio: value / peerValue });
