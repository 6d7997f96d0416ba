/** One thing that was looked at on a running chain. */
export type Row = {
  readonly area: "code" | "roles" | "owners" | "parameters" | "layouts";
  readonly what: string;
  readonly found: string;
  readonly ok: boolean;
};

/** A table in plain text, one row a line, failures marked and counted at the end. */
export function tableOf(rows: readonly Row[]): string {
  const width = (of: (row: Row) => string) => Math.max(...rows.map((row) => of(row).length));
  const [area, what] = [width((row) => row.area), width((row) => row.what)];
  const lines = rows.map((row) => `${row.ok ? "ok  " : "FAIL"}  ${row.area.padEnd(area)}  ${row.what.padEnd(what)}  ${row.found}`);
  const failed = rows.filter(({ ok }) => !ok).length;
  return [...lines, "", `${rows.length} looked at, ${failed} not as they should be`, ""].join("\n");
}

/** Findings in sentences as rows: one that is well, named after what was looked at, when there are none. */
export function rowsOf(area: Row["area"], what: string, findings: readonly string[]): Row[] {
  if (findings.length === 0) return [{ area, what, found: "as it should be", ok: true }];
  return findings.map((found) => ({ area, what, found, ok: false }));
}
