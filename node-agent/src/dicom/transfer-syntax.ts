/** How the bytes of a data set are laid out under a transfer syntax (PS3.5 annex A). */
export type Encoding = {
  readonly explicit: boolean;
  readonly bigEndian: boolean;
  readonly deflated: boolean;
  readonly encapsulated: boolean;
};

const native = (explicit: boolean, bigEndian: boolean, deflated = false): Encoding => ({
  explicit,
  bigEndian,
  deflated,
  encapsulated: false,
});
const encapsulated: Encoding = { explicit: true, bigEndian: false, deflated: false, encapsulated: true };

const root = "1.2.840.10008.1.2";
const jpegAndVideo = [
  ...[50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 70, 80, 81, 90, 91, 92, 93, 94],
  ...[100, 101, 102, 103, 104, 105, 106, 107, 108, 110, 111, 112, 201, 202, 203, 204, 205],
];

/** Every transfer syntax of PS3.6 annex A whose data set this product can walk; all are stored and given back untouched. */
const known: ReadonlyMap<string, Encoding> = new Map<string, Encoding>([
  [root, native(false, false)],
  [`${root}.1`, native(true, false)],
  [`${root}.1.98`, encapsulated],
  [`${root}.1.99`, native(true, false, true)],
  [`${root}.2`, native(true, true)],
  [`${root}.4.95`, native(true, false, true)],
  ...jpegAndVideo.map((last): [string, Encoding] => [`${root}.4.${last}`, encapsulated]),
  ...[100, 101, 102, 103, 104, 105, 106].map((last): [string, Encoding] => [`${root}.4.${last}.1`, encapsulated]),
  [`${root}.5`, encapsulated],
  [`${root}.6.1`, encapsulated],
  [`${root}.7.1`, encapsulated],
  [`${root}.7.2`, encapsulated],
  [`${root}.7.3`, encapsulated],
  [`${root}.8.1`, encapsulated],
]);

/** The layout for a transfer syntax UID, or null for one that is not in the standard. */
export const encodingOf = (uid: string): Encoding | null => known.get(uid) ?? null;

/** The transfer syntaxes that are stored and given back. */
export const knownTransferSyntaxes: readonly string[] = [...known.keys()];

export const explicitLittleEndian = `${root}.1`;
