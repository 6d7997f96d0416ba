/** What can be wrong with an export. The words are stable: scripts may compare them. */
export const findingCodes = [
  "line-unreadable",
  "head-wrong",
  "genesis-differs",
  "contracts-differ",
  "block-missing",
  "block-out-of-place",
  "block-repeated",
  "block-changed",
  "seals-insufficient",
  "validators-not-elected",
  "body-missing",
  "transactions-changed",
  "receipts-changed",
  "history-differs",
  "end-wrong",
] as const;
export type FindingCode = (typeof findingCodes)[number];

/** One thing that is wrong: where (block, line of the file, record in it) and what. */
export type Finding = { readonly code: FindingCode; readonly block: number | null; readonly line: number | null; readonly record: string | null; readonly what: string };

/** Findings kept; the rest is counted only. A file cut in pieces must not fill the memory. */
const kept = 200;

/** Collects findings, in order. */
export class Findings {
  readonly #list: Finding[] = [];
  #count = 0;

  add(code: FindingCode, what: string, place: Partial<Pick<Finding, "block" | "line" | "record">> = {}): void {
    this.#count++;
    if (this.#list.length < kept) this.#list.push({ code, block: place.block ?? null, line: place.line ?? null, record: place.record ?? null, what });
  }

  /** Takes back what turned out otherwise (a block that came late after all). */
  retract(block: number, code: FindingCode): void {
    const at = this.#list.findIndex((one) => one.block === block && one.code === code);
    if (at < 0) return;
    this.#list.splice(at, 1);
    this.#count--;
  }

  concerns(block: number): boolean {
    return this.#list.some((one) => one.block === block);
  }

  get list(): readonly Finding[] {
    return this.#list;
  }

  get count(): number {
    return this.#count;
  }
}
