import type { LedgerEvent } from "../model/ledger-events.ts";
import { checkBody, type PlacedLog } from "./body.ts";
import type { LogFilter } from "./filter.ts";
import type { Findings } from "./finding.ts";
import { canonical, type ProofBlock } from "./format.ts";
import type { Header } from "./header.ts";

/** Reads one log of the consortium's contracts; the ledger adapter's decoder, handed in. */
export type LogDecoder = (log: PlacedLog, block: { readonly number: number; readonly timestamp: number }) => LedgerEvent;

type Place = { readonly block: number; readonly line: number };

/** What happened in the blocks: every log there is, read anew, and compared with what the export claims. */
export class HistoryCheck {
  readonly #findings: Findings;
  readonly #filter: LogFilter;
  readonly #decode: LogDecoder;
  readonly #onEvent: (event: LedgerEvent) => void;
  events = 0;
  /** Blocks ruled out by their bloom, and blocks read. */
  readonly blocks = { ruledOut: 0, read: 0 };

  constructor(parts: { readonly findings: Findings; readonly filter: LogFilter; readonly decode: LogDecoder; readonly onEvent: (event: LedgerEvent) => void }) {
    this.#findings = parts.findings;
    this.#filter = parts.filter;
    this.#decode = parts.decode;
    this.#onEvent = parts.onEvent;
  }

  /** Takes in a block of the range that the history is complete for. */
  within(header: Header, line: ProofBlock, place: Place): void {
    const claims = line.events ?? [];
    if (line.body === undefined) {
      if (!this.#filter.possible(header.logsBloom)) this.blocks.ruledOut++;
      else this.#findings.add("body-missing", "its bloom says that it may hold records of the consortium, but its receipts are not in the file", place);
      claims.forEach((claim, at) => void this.#differs(place, at, claim, undefined));
      return;
    }
    const { logs, flaws } = checkBody(header, line.body);
    for (const { code, record, what } of flaws) this.#findings.add(code, what, { ...place, record });
    if (flaws.length > 0) return;
    this.blocks.read++;
    const proven = logs.filter((log) => this.#filter.chosen(log)).map((log) => this.#decode(log, { number: header.number, timestamp: header.timestamp }));
    this.#compare(proven, claims, place);
    for (const event of proven) {
      this.events++;
      this.#onEvent(event);
    }
  }

  /** A block before the range: its header alone belongs into the file. */
  before(line: ProofBlock, place: Place): void {
    if (line.body !== undefined || line.events !== undefined) this.#findings.add("history-differs", "it lies before the range of the history and claims records nevertheless", place);
  }

  #compare(proven: readonly LedgerEvent[], claims: readonly LedgerEvent[], place: Place): void {
    const [theirs, ours] = [claims.map(canonical), proven.map(canonical)];
    if (theirs.join("\n") === ours.join("\n")) return;
    const sorted = [...theirs].sort().join("\n") === [...ours].sort().join("\n");
    for (let at = 0; at < Math.max(ours.length, theirs.length); at++) {
      if (ours[at] === theirs[at]) continue;
      if (sorted) {
        this.#findings.add("history-differs", `the claims stand in another order than on the chain, from record ${at} on`, { ...place, record: `record ${at}` });
        return;
      }
      this.#differs(place, at, claims[at], proven[at]);
      // One record more or less shifts all that follow: naming the first is enough then.
      if (ours.length !== theirs.length) return;
    }
  }

  #differs(place: Place, at: number, claim: LedgerEvent | undefined, event: LedgerEvent | undefined): void {
    const kind = (one: LedgerEvent): string => (typeof one === "object" && one !== null ? String(one.kind).slice(0, 40) : "something else");
    const what =
      event === undefined
        ? `the export claims ${kind(claim as LedgerEvent)} that the chain does not hold`
        : claim === undefined
          ? `the chain holds ${event.kind} (log ${event.logIndex}) that the export leaves out`
          : `the export claims ${kind(claim)} otherwise than the chain has it (${event.kind}, log ${event.logIndex})`;
    this.#findings.add("history-differs", what, { ...place, record: `record ${at}` });
  }
}
