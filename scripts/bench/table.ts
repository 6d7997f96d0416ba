import type { BenchRow } from "./row.ts";

/** A figure with as many digits as it deserves. */
function figure(value: number | undefined): string {
  if (value === undefined) return "";
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en").replaceAll(",", " ");
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}

const heads = ["what", "ours", "unit", "peer's", "ratio", "peak MiB", "peer"] as const;

/** The rows as a text table; a ratio above 1 is in our favour. */
export function table(rows: readonly BenchRow[]): string {
  const lines = rows.map((row) => [
    row.name,
    figure(row.value),
    row.unit,
    figure(row.peerValue),
    row.ratio === undefined ? "" : row.ratio.toFixed(2),
    figure(row.rssMiB),
    row.missingPeer === undefined ? (row.peer ?? "") : "NOT COMPARED",
  ]);
  const widths = heads.map((head, at) => Math.max(head.length, ...lines.map((line) => line[at]?.length ?? 0)));
  const isNumber = (at: number): boolean => [1, 3, 4, 5].includes(at);
  const format = (cells: readonly string[]): string => cells.map((cell, at) => (isNumber(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join("  ").trimEnd();
  return [format(heads), widths.map((width) => "-".repeat(width)).join("  "), ...lines.map(format)].join("\n");
}
