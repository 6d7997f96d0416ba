/** Decodes the text of one value; never throws, and gives U+FFFD for what cannot be decoded. */
export type TextDecoding = (bytes: Buffer) => string;

const escapeByte = 0x1b;
/** Encodings of the single-byte and whole-value repertoires (PS3.3 C.12.1.1.2), by WHATWG name; latin1 is read without the table because WHATWG's differs. */
const whole: ReadonlyMap<string, string> = new Map([
  ["", "latin1"],
  ["6", "latin1"],
  ["100", "latin1"],
  ["101", "iso-8859-2"],
  ["109", "iso-8859-3"],
  ["110", "iso-8859-4"],
  ["144", "iso-8859-5"],
  ["127", "iso-8859-6"],
  ["126", "iso-8859-7"],
  ["138", "iso-8859-8"],
  ["148", "iso-8859-9"],
  ["203", "iso-8859-15"],
  ["13", "shift_jis"],
  ["166", "windows-874"],
  ["149", "euc-kr"],
  ["58", "gb18030"],
  ["87", "latin1"],
  ["159", "latin1"],
  ["192", "utf-8"],
  ["GB18030", "gb18030"],
  ["GBK", "gbk"],
]);

/** What an escape sequence invokes (PS3.3 tables C.12-3 and C.12-4): which half of the code table, and how its bytes decode. */
type Invoked = { readonly half: "G0" | "G1"; readonly encoding: string; readonly pairs?: "euc-jp" | "euc-jp-212" };
const escapes: ReadonlyMap<string, Invoked> = new Map<string, Invoked>([
  ["(B", { half: "G0", encoding: "latin1" }],
  ["(J", { half: "G0", encoding: "latin1" }],
  ["$B", { half: "G0", encoding: "euc-jp", pairs: "euc-jp" }],
  ["$@", { half: "G0", encoding: "euc-jp", pairs: "euc-jp" }],
  ["$(D", { half: "G0", encoding: "euc-jp", pairs: "euc-jp-212" }],
  [")I", { half: "G1", encoding: "shift_jis" }],
  ["-A", { half: "G1", encoding: "latin1" }],
  ["-B", { half: "G1", encoding: "iso-8859-2" }],
  ["-C", { half: "G1", encoding: "iso-8859-3" }],
  ["-D", { half: "G1", encoding: "iso-8859-4" }],
  ["-L", { half: "G1", encoding: "iso-8859-5" }],
  ["-G", { half: "G1", encoding: "iso-8859-6" }],
  ["-F", { half: "G1", encoding: "iso-8859-7" }],
  ["-H", { half: "G1", encoding: "iso-8859-8" }],
  ["-M", { half: "G1", encoding: "iso-8859-9" }],
  ["-b", { half: "G1", encoding: "iso-8859-15" }],
  ["-T", { half: "G1", encoding: "windows-874" }],
  ["$)C", { half: "G1", encoding: "euc-kr" }],
  ["$)A", { half: "G1", encoding: "gb18030" }],
]);

function decode(bytes: Buffer, encoding: string): string {
  return encoding === "latin1" ? bytes.toString("latin1") : new TextDecoder(encoding).decode(bytes);
}

/** JIS X 0208 or 0212 in G0 as EUC-JP, which TextDecoder knows: the same bytes with the high bit set, 0212 behind a single shift. */
function eucOf(bytes: Buffer, kind: "euc-jp" | "euc-jp-212"): Buffer {
  if (kind === "euc-jp") return Buffer.from(bytes.map((byte) => byte | 0x80));
  const out: number[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2) out.push(0x8f, (bytes[i] ?? 0) | 0x80, (bytes[i + 1] ?? 0) | 0x80);
  return Buffer.from(out);
}

/** Whether a byte returns to the initial code elements (PS3.5 section 6.1.2.5.3); in person names ^ and = do too. */
function resets(byte: number, isName: boolean): boolean {
  return byte === 0x09 || byte === 0x0a || byte === 0x0c || byte === 0x0d || byte === 0x5c || (isName && (byte === 0x5e || byte === 0x3d));
}

function decodeWithEscapes(bytes: Buffer, initial: string, isName: boolean): string {
  let g0: Invoked | null = null;
  let g1 = initial;
  let out = "";
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === escapeByte) {
      const two = bytes.toString("latin1", at + 1, at + 3);
      const code = escapes.has(two) ? two : bytes.toString("latin1", at + 1, at + 4);
      const invoked = escapes.get(code);
      at += 1 + (invoked === undefined ? 0 : code.length);
      if (invoked === undefined) out += "\ufffd";
      else if (invoked.half === "G1") g1 = invoked.encoding;
      else g0 = invoked.pairs === undefined ? null : invoked;
      continue;
    }
    let end = at + 1;
    const pairs = g0?.pairs;
    const high = (byte: number): boolean => byte >= 0x80;
    const first = bytes[at] ?? 0;
    if (pairs !== undefined && first > 0x20 && first < 0x7f) {
      while (end < bytes.length && (bytes[end] ?? 0) > 0x20 && (bytes[end] ?? 0) < 0x7f) end++;
      out += decode(eucOf(bytes.subarray(at, end), pairs), "euc-jp");
    } else if (high(first)) {
      while (end < bytes.length && high(bytes[end] ?? 0)) end++;
      out += decode(bytes.subarray(at, end), g1);
    } else {
      if (resets(first, isName)) {
        g0 = null;
        g1 = initial;
      }
      out += String.fromCharCode(first);
    }
    at = end;
  }
  return out;
}

/**
 * The decoding that SpecificCharacterSet (0008,0005) asks for; `terms` are its values. Files without it are read as Latin-1, which loses no byte;
 * a term that is not in PS3.3 C.12.1.1.2 is treated likewise. `isName` is true for person names, where ^ and = end a code extension.
 */
export function decodingOf(terms: readonly string[], isName: boolean): TextDecoding {
  const numbers = terms.map((term) =>
    term
      .trim()
      .toUpperCase()
      .replace(/^ISO[_ ]?(?:2022[_ ])?IR[_ ]?/u, ""),
  );
  const first = whole.get(numbers[0] ?? "") ?? "latin1";
  // UTF-8, GB18030 and GBK stand alone: an escape byte in them is only a control character.
  if (first === "utf-8" || numbers[0] === "GB18030" || numbers[0] === "GBK") return (bytes) => decode(bytes, first);
  return (bytes) => (bytes.includes(escapeByte) ? decodeWithEscapes(bytes, first, isName) : decode(bytes, first));
}
