/** Columns padded to their widest cell, two spaces between; a sentence when there is nothing to list. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], nothing: string): string {
  if (rows.length === 0) return nothing;
  const all = [head, ...rows];
  const widths = head.map((_title, at) => Math.max(...all.map((row) => (row[at] ?? "").length)));
  return all.map((row) => row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join("  ").trimEnd()).join("\n");
}

/** "name: value" lines, values aligned; null and undefined values are left out. */
export function fields(values: Readonly<Record<string, string | number | boolean | null | undefined>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  const width = Math.max(0, ...given.map(([name]) => name.length));
  return given.map(([name, value]) => `${`${name}:`.padEnd(width + 1)} ${String(value)}`).join("\n");
}

/** Seconds since the epoch as UTC to the second. */
export const moment = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z").replace("T", " ");

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** 0x1234abcd... for tables; the whole id is in --json and in the show commands. */
export const shortId = (id: string): string => (id.length > 14 ? `${id.slice(0, 10)}...` : id);
