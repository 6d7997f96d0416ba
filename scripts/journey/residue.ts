import { open, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Something that must not be found: `what` names it without repeating it. */
export type Needle = { readonly what: string; readonly bytes: Buffer };
export type Finding = { readonly file: string; readonly offset: number; readonly what: string };
export type Search = { readonly files: number; readonly bytes: number; readonly findings: readonly Finding[] };

const shortest = 5;

/** Whether finding the text by chance is out of the question: published test files carry "numbers" such as 000001. */
const telling = (text: string): boolean => Buffer.byteLength(text) >= (/^[\d.\s-]*$/u.test(text) ? 10 : shortest) && new Set(text).size > 3;

/**
 * A text in every form in which it could leak byte-wise: UTF-8 (and GB18030 given as `raw`), UTF-16, hexadecimal in both cases, and base64 at
 * each of its three alignments. What would be found by chance is left out.
 */
export function needles(what: string, text: string, raw: readonly Buffer[] = []): Needle[] {
  const plain = Buffer.from(text, "utf8");
  const forms: [string, Buffer][] = [
    ["UTF-8", plain],
    ["UTF-16LE", Buffer.from(text, "utf16le")],
    ["UTF-16BE", Buffer.from(text, "utf16le").swap16()],
    ["hexadecimal", Buffer.from(plain.toString("hex"))],
    ["upper-case hexadecimal", Buffer.from(plain.toString("hex").toUpperCase())],
    ...[0, 1, 2].map((shift): [string, Buffer] => [`base64 (${shift})`, base64At(plain, shift)]),
    ...raw.map((bytes): [string, Buffer] => ["as stored in DICOM", bytes]),
  ];
  return !telling(text) ? [] : forms.filter(([, bytes]) => bytes.length >= shortest).map(([form, bytes]) => ({ what: `${what}, ${form}`, bytes }));
}

/** The characters of base64 that do not depend on the neighbours of `plain` when it begins `shift` bytes into a group of three. */
function base64At(plain: Buffer, shift: number): Buffer {
  const text = Buffer.concat([Buffer.alloc(shift), plain]).toString("base64").replaceAll("=", "");
  const skip = shift === 0 ? 0 : shift + 1;
  const whole = Math.floor((shift + plain.length) / 3) * 4;
  return Buffer.from(text.slice(skip, Math.max(skip, whole)));
}

/** Finds any of `wanted` in `text`. One pass: two leading bytes select the few candidates compared in full. */
export function findIn(text: Buffer, wanted: readonly Needle[], found: (needle: Needle, offset: number) => void): void {
  const first = new Uint8Array(65536);
  const byLead = new Map<number, Needle[]>();
  for (const needle of wanted) {
    const lead = needle.bytes.readUInt16BE(0);
    first[lead] = 1;
    byLead.set(lead, [...(byLead.get(lead) ?? []), needle]);
  }
  let lead = text.length > 0 ? (text[0] ?? 0) : 0;
  for (let at = 1; at < text.length; at++) {
    lead = ((lead << 8) | (text[at] ?? 0)) & 0xffff;
    if (first[lead] === 0) continue;
    for (const needle of byLead.get(lead) ?? [])
      if (text.length - at + 1 >= needle.bytes.length && needle.bytes.equals(text.subarray(at - 1, at - 1 + needle.bytes.length))) found(needle, at - 1);
  }
}

/** Searches every file below `dirs`, names of files and folders included, in windows of 8 MiB so that memory stays flat. */
export async function searchResidue(dirs: readonly string[], wanted: readonly Needle[], progress: (bytes: number) => void = () => {}): Promise<Search> {
  const overlap = Math.max(...wanted.map(({ bytes }) => bytes.length), 1);
  const window = Buffer.alloc(8 << 20);
  const findings: Finding[] = [];
  let files = 0;
  let bytes = 0;
  for (const dir of dirs) {
    for (const item of await readdir(dir, { recursive: true, withFileTypes: true })) {
      const path = join(item.parentPath, item.name);
      findIn(Buffer.from(item.name), wanted, ({ what }) => findings.push({ file: path, offset: -1, what: `${what}, in the name` }));
      if (!item.isFile()) continue;
      files++;
      const file = await open(path);
      try {
        for (let at = 0; ; ) {
          const { bytesRead } = await file.read(window, 0, window.length, at);
          if (bytesRead === 0) break;
          findIn(window.subarray(0, bytesRead), wanted, ({ what }, offset) => findings.push({ file: path, offset: at + offset, what }));
          if (bytesRead < window.length) {
            bytes += bytesRead;
            break;
          }
          bytes += bytesRead - overlap;
          at += bytesRead - overlap; // a needle across two windows is seen in the second
          progress(bytes);
        }
      } finally {
        await file.close();
      }
      progress(bytes);
    }
  }
  return { files, bytes, findings };
}
