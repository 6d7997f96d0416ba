/** Repertoires the phantom's text can be written in (PS3.3 C.12.1.1.2). */
export type Repertoire = "GB18030" | "ISO_IR 192";

/** Two-byte codes of GB18030 by character; node decodes GB18030 but cannot encode it. */
function twoByteCodes(): Map<string, number> {
  const decoder = new TextDecoder("gb18030");
  const codes = new Map<string, number>();
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail !== 0x7f) codes.set(decoder.decode(Uint8Array.of(lead, trail)), lead * 256 + trail);
    }
  }
  return codes;
}

/** An encoder into `repertoire`; it throws RangeError for a character that has no one- or two-byte code there. */
export function textEncoder(repertoire: Repertoire): (text: string) => Buffer {
  if (repertoire === "ISO_IR 192") return (text) => Buffer.from(text, "utf8");
  const codes = twoByteCodes();
  return (text) =>
    Buffer.from(
      [...text].flatMap((character) => {
        const point = character.codePointAt(0) ?? 0;
        if (point < 0x80) return [point];
        const code = codes.get(character);
        if (code === undefined) throw new RangeError(`U+${point.toString(16)} has no two-byte code in GB18030`);
        return [code >>> 8, code & 0xff];
      }),
    );
}
