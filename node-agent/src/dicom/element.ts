/** Where bytes lie: offset from the start of the file (for a deflated data set: of the inflated data set), and how many. */
export type Range = { readonly offset: number; readonly length: number };

/** A parsed data element. Values stay raw bytes in the reader's header buffer until someone asks for them. */
export type Element = {
  /** GGGGEEEE, upper case. */
  readonly tag: string;
  /** Two letters; for implicit VR from the dictionaries, "UN" when unknown, "xs" for US or SS (PixelRepresentation decides). */
  readonly vr: string;
  /** The value's place in the file. */
  readonly value: Range;
  /** Index of the value in the header buffer; null when the value was left out of it (bulk data). */
  readonly at: number | null;
  /** Items of a sequence. */
  readonly items?: readonly Dataset[];
  /** Fragments of encapsulated pixel data, the basic offset table first. */
  readonly fragments?: readonly Fragment[];
  /** Index of the basic offset table in the header buffer. */
  readonly table?: number;
};

/** One fragment; `begins` is true when its first bytes are those of a JPEG, JPEG 2000 or JPEG XL code stream. */
export type Fragment = Range & { readonly begins: boolean };

/** A data set or an item: its elements in file order, and the byte order of its numbers. */
export type Dataset = { readonly elements: ReadonlyMap<string, Element>; readonly bigEndian: boolean };

/** VRs with a 32-bit length after two reserved bytes in explicit VR (PS3.5 table 7.1-1). */
export const longVrs: ReadonlySet<string> = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);

/** VRs of PS3.5 table 6.2-1 with a 16-bit length. */
export const shortVrs: ReadonlySet<string> = new Set([
  ...["AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US"],
]);

/** VRs whose value is opaque bytes. */
export const binaryVrs: ReadonlySet<string> = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "UN"]);
