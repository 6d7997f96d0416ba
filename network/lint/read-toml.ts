import type { BesuOptions } from "../besu/options.ts";

const comment = /^[^"#]*(?:"(?:[^"\\]|\\.)*"[^"#]*)*(#.*)$/u;

function value(text: string, line: number): BesuOptions[string] {
  if (/^(?:true|false)$/u.test(text)) return text === "true";
  if (/^[+-]?\d[\d_]*(?:\.\d+)?$/u.test(text)) return Number(text.replaceAll("_", ""));
  if (/^"(?:[^"\\]|\\.)*"$/u.test(text)) return JSON.parse(text) as string;
  if (/^'[^']*'$/u.test(text)) return text.slice(1, -1);
  if (text.startsWith("[") && text.endsWith("]")) {
    const items = text.slice(1, -1).match(/"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,]+/gu) ?? [];
    return items.map((item) => String(value(item, line)));
  }
  throw new TypeError(`line ${line} is not a value as Besu's files have them`);
}

/**
 * The part of TOML that Besu's configuration and permissions files use: top-level keys with strings, numbers, truth values, and lists of them, also over several
 * lines. Throws TypeError naming the line for anything else, also for a key given twice, which Besu refuses.
 */
export function readToml(text: string): BesuOptions {
  const found: Record<string, BesuOptions[string]> = {};
  let open: { readonly name: string; readonly line: number; text: string } | null = null;
  for (const [at, raw] of text.split("\n").entries()) {
    const cut = comment.exec(raw)?.[1];
    const line = (cut === undefined ? raw : raw.slice(0, raw.length - cut.length)).trim();
    if (line === "") continue;
    if (open === null) {
      const [, name = "", first = ""] = /^"?([A-Za-z0-9_-]+)"?\s*=\s*(.*)$/u.exec(line) ?? [];
      if (name === "") throw new TypeError(`line ${at + 1} is not "key = value"`);
      if (name in found) throw new TypeError(`line ${at + 1}: ${name} is given twice`);
      open = { name, line: at + 1, text: first };
    } else open.text += ` ${line}`;
    if (open.text.startsWith("[") && !open.text.endsWith("]")) continue;
    found[open.name] = value(open.text, open.line);
    open = null;
  }
  if (open !== null) throw new TypeError(`line ${open.line}: the list of ${open.name} does not end`);
  return found;
}
