type Reading = { readonly size: number; readonly read: (bytes: Buffer, at: number, big: boolean) => number | string | null };

/** JSON has no infinities and no NaN; PS3.18 F.2.4 gives null for a value that cannot be written. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Beyond 2^53 a JSON number is no longer exact: PS3.18 F.2.3 lets SV and UV be strings. */
const exact = (value: bigint): number | string =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(4, "0");

const readings: ReadonlyMap<string, Reading> = new Map<string, Reading>([
  ["US", { size: 2, read: (b, at, big) => (big ? b.readUInt16BE(at) : b.readUInt16LE(at)) }],
  ["SS", { size: 2, read: (b, at, big) => (big ? b.readInt16BE(at) : b.readInt16LE(at)) }],
  ["UL", { size: 4, read: (b, at, big) => (big ? b.readUInt32BE(at) : b.readUInt32LE(at)) }],
  ["SL", { size: 4, read: (b, at, big) => (big ? b.readInt32BE(at) : b.readInt32LE(at)) }],
  ["FL", { size: 4, read: (b, at, big) => finite(shortest(big ? b.readFloatBE(at) : b.readFloatLE(at))) }],
  ["FD", { size: 8, read: (b, at, big) => finite(big ? b.readDoubleBE(at) : b.readDoubleLE(at)) }],
  ["UV", { size: 8, read: (b, at, big) => exact(big ? b.readBigUInt64BE(at) : b.readBigUInt64LE(at)) }],
  ["SV", { size: 8, read: (b, at, big) => exact(big ? b.readBigInt64BE(at) : b.readBigInt64LE(at)) }],
  [
    "AT",
    {
      size: 4,
      read: (b, at, big) =>
        big ? hex(b.readUInt16BE(at)) + hex(b.readUInt16BE(at + 2)) : hex(b.readUInt16LE(at)) + hex(b.readUInt16LE(at + 2)),
    },
  ],
]);

/** The shortest decimal that still is this 32-bit float: 0.1 rather than 0.10000000149011612. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

/** The values of a numeric VR (or tags, for AT) as JSON wants them; null when `vr` is not numeric. Bytes left over at the end are ignored. */
export function numbersOf(vr: string, bytes: Buffer, bigEndian: boolean): (number | string | null)[] | null {
  const reading = readings.get(vr);
  if (reading === undefined) return null;
  const values: (number | string | null)[] = [];
  for (let at = 0; at + reading.size <= bytes.length; at += reading.size) values.push(reading.read(bytes, at, bigEndian));
  return values;
}
