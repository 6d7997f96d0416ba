import { decodingOf, type TextDecoding } from "./charset.ts";
import { rowOfTag, vrOfPrivate } from "./dictionary.ts";
import { binaryVrs, type Dataset, type Element } from "./element.ts";
import type { Part10 } from "./instance-reader.ts";
import { numbersOf } from "./numbers.ts";

/** A person name: its component groups (PS3.18 F.2.2). */
export type JsonName = { readonly Alphabetic?: string; readonly Ideographic?: string; readonly Phonetic?: string };
export type JsonValue = string | number | null | JsonName | DicomJson;
/** One attribute of the DICOM JSON model. */
export type JsonElement = {
  readonly vr: string;
  readonly Value?: readonly JsonValue[];
  readonly InlineBinary?: string;
  readonly BulkDataURI?: string;
};
/** The DICOM JSON model (PS3.18 annex F): attributes by tag, 8 upper-case hex digits. */
export type DicomJson = { readonly [tag: string]: JsonElement };

export type JsonOptions = {
  /** Address of a value too large for metadata, from its path: tags and item numbers, as `00081140/1/00420011`. Without it such values are empty. */
  readonly bulkDataUri?: (path: string) => string;
};

/** Opaque values up to this many bytes stand in the metadata itself, so that viewers find small private ones (SUV factors) without another request. */
const inlineBytes = 1024;
const pixelTags: ReadonlySet<string> = new Set(["7FE00001", "7FE00002", "7FE00008", "7FE00009", "7FE00010"]);
/** Text VRs that SpecificCharacterSet applies to (PS3.5 section 6.1.2.3), and those of them that are never multi-valued. */
const encodedVrs: ReadonlySet<string> = new Set(["LO", "LT", "PN", "SH", "ST", "UC", "UT"]);
const singleVrs: ReadonlySet<string> = new Set(["LT", "ST", "UR", "UT"]);
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u;

type Context = {
  readonly header: Buffer;
  readonly bulk: ((path: string) => string) | null;
  readonly text: TextDecoding;
  readonly name: TextDecoding;
  readonly signed: boolean;
};

function raw(element: Element, header: Buffer): Buffer {
  return element.at === null ? Buffer.alloc(0) : header.subarray(element.at, element.at + element.value.length);
}

/** The VR to present: US or SS by PixelRepresentation, and the dictionaries' word where the file says UN (PS3.5 section 6.2.2 note 2). */
function presentedVr(element: Element, dataset: Dataset, context: Context): string {
  const { tag, vr } = element;
  if (vr === "xs") return context.signed ? "SS" : "US";
  if (vr !== "UN" || dataset.bigEndian) return vr;
  const creator = dataset.elements.get(`${tag.slice(0, 4)}00${tag.slice(4, 6)}`);
  const isPrivate = Number.parseInt(tag.charAt(3), 16) % 2 === 1;
  const known =
    isPrivate && creator !== undefined ? vrOfPrivate(raw(creator, context.header).toString("latin1").trim(), tag) : rowOfTag(tag)?.vr;
  return known === undefined || known === null || known === "SQ" || !/^[A-Z]{2}$/u.test(known) || known === "OX" || known === "XS"
    ? "UN"
    : known;
}

function nameOf(text: string): JsonName | null {
  const [alphabetic = "", ideographic = "", phonetic = ""] = text.split("=").map((group) => group.replace(/[\^ ]+$/u, ""));
  const name = {
    ...(alphabetic === "" ? {} : { Alphabetic: alphabetic }),
    ...(ideographic === "" ? {} : { Ideographic: ideographic }),
    ...(phonetic === "" ? {} : { Phonetic: phonetic }),
  };
  return Object.keys(name).length === 0 ? null : name;
}

function textValues(vr: string, bytes: Buffer, context: Context): readonly JsonValue[] {
  const decoded = vr === "PN" ? context.name(bytes) : encodedVrs.has(vr) ? context.text(bytes) : bytes.toString("latin1");
  const text = decoded.replace(/[\0 ]+$/u, "");
  if (text === "") return [];
  if (singleVrs.has(vr)) return [text];
  const values = text.split("\\").map((part) => {
    const value = part.replace(/[\0 ]+$/u, "").replace(vr === "UC" ? /^$/u : /^ +/u, "");
    if (value === "") return null;
    if (vr === "PN") return nameOf(value);
    // A number that is none stays text: PS3.18 F.2.3 allows strings for DS and IS, and inventing a value would be worse.
    if (vr === "DS" || vr === "IS") return decimal.test(value) && Number.isFinite(Number(value)) ? Number(value) : value;
    return value;
  });
  return values.length === 1 && values[0] === null ? [] : values;
}

function elementOf(element: Element, dataset: Dataset, path: string, context: Context): JsonElement {
  const vr = presentedVr(element, dataset, context);
  if (element.items !== undefined) {
    const items = element.items.map((item, i) => datasetOf(item, `${path}/${i + 1}/`, context));
    return items.length === 0 ? { vr: "SQ" } : { vr: "SQ", Value: items };
  }
  const length = element.value.length;
  const large = element.at === null || element.fragments !== undefined || (binaryVrs.has(vr) && length > inlineBytes);
  if (large) return context.bulk === null ? { vr } : { vr, BulkDataURI: context.bulk(path) };
  if (length === 0) return { vr };
  const bytes = raw(element, context.header);
  if (binaryVrs.has(vr)) return { vr, InlineBinary: bytes.toString("base64") };
  const values = numbersOf(vr, bytes, dataset.bigEndian) ?? textValues(vr, bytes, context);
  return values.length === 0 ? { vr } : { vr, Value: values };
}

function datasetOf(dataset: Dataset, prefix: string, outer: Context): DicomJson {
  const charset = dataset.elements.get("00080005");
  const representation = dataset.elements.get("00280103");
  const terms =
    charset === undefined
      ? null
      : raw(charset, outer.header)
          .toString("latin1")
          .replace(/[\0 ]+$/u, "")
          .split("\\");
  const context: Context = {
    ...outer,
    ...(terms === null ? {} : { text: decodingOf(terms, false), name: decodingOf(terms, true) }),
    ...(representation === undefined ? {} : { signed: numbersOf("US", raw(representation, outer.header), dataset.bigEndian)?.[0] === 1 }),
  };
  const out: Record<string, JsonElement> = {};
  for (const element of dataset.elements.values()) {
    // Group lengths are retired and wrong once anything changed; the pixels have their own resource.
    if (element.tag.endsWith("0000") || pixelTags.has(element.tag)) continue;
    // JSON is UTF-8, and PS3.18 F.2 wants the attribute to say so.
    if (element.tag === "00080005") out[element.tag] = { vr: "CS", Value: ["ISO_IR 192"] };
    else out[element.tag] = elementOf(element, dataset, prefix + element.tag, context);
  }
  return out;
}

/**
 * The instance as DICOM JSON (PS3.18 annex F) without group 0002, group lengths and pixel data. Text is decoded by SpecificCharacterSet and never fails:
 * what cannot be decoded becomes U+FFFD. Opaque values over 1 KiB, and any value too large to keep, are given by address.
 */
export function toDicomJson(part10: Pick<Part10, "dataset" | "header">, options: JsonOptions = {}): DicomJson {
  const latin = decodingOf([], false);
  return datasetOf(part10.dataset, "", {
    header: part10.header,
    bulk: options.bulkDataUri ?? null,
    text: latin,
    name: latin,
    signed: false,
  });
}

/** Where the value at `path` (as given to `bulkDataUri`) lies in the file; null when there is none or it is a sequence or encapsulated. */
export function bulkRange(part10: Part10, path: string): { offset: number; length: number } | null {
  const steps = path.split("/");
  let dataset: Dataset | undefined = part10.dataset;
  for (let i = 0; i + 2 < steps.length; i += 2) dataset = dataset?.elements.get(steps[i] ?? "")?.items?.[Number(steps[i + 1]) - 1];
  const element = dataset?.elements.get(steps.at(-1) ?? "");
  return element === undefined || element.items !== undefined || element.fragments !== undefined ? null : element.value;
}
