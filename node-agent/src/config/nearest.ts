/** Edit distance (Levenshtein): insertions, deletions and replacements that turn `one` into `two`. */
export function distance(one: string, two: string): number {
  let row = Array.from({ length: two.length + 1 }, (_unused, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= two.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === two[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[two.length] ?? 0;
}

/**
 * The name among `names` that `typed` was most likely meant to be, or null when none is close: a third of its letters may differ
 * (two at least), capitals, dashes and underscores do not count.
 */
export function nearest(typed: string, names: Iterable<string>): string | null {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/gu, "");
  let best: { name: string; far: number } | null = null;
  for (const name of names) {
    const far = distance(plain(typed), plain(name));
    if (best === null || far < best.far) best = { name, far };
  }
  return best !== null && best.far <= Math.max(2, Math.floor(typed.length / 3)) ? best.name : null;
}
