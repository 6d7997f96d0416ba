/** What a TAP 13 stream said: one record per test point. */
export type TapPoint = { readonly ok: boolean; readonly name: string; readonly notes: readonly string[] };

/**
 * Reads AVA's TAP output line by line and calls back once a test point is complete (its diagnostics follow it in the stream).
 * Give it every line, then call `end`.
 */
export function tapReader(onPoint: (point: TapPoint) => void): { line: (text: string) => void; end: () => void } {
  let open: { ok: boolean; name: string; notes: string[] } | null = null;
  const flush = () => {
    if (open !== null) onPoint(open);
    open = null;
  };
  return {
    line(text) {
      const point = /^(not )?ok \d+(?: - (.*))?$/u.exec(text);
      if (point !== null) {
        flush();
        open = { ok: point[1] === undefined, name: point[2] ?? "", notes: [] };
        return;
      }
      if (/^(?:TAP version|1\.\.\d+|# (?:tests|pass|fail|skip|todo))/u.test(text)) {
        flush();
        return;
      }
      open?.notes.push(text);
    },
    end: flush,
  };
}
