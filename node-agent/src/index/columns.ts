import type { SQLOutputValue } from "node:sqlite";

/** A row as SQLite gives it, by column name. The readers below refuse a column of another type: STRICT tables make that damage, not data. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** The file does not hold what this program wrote. */
export class Damage extends Error {
  override readonly name = "Damage";
}

const unexpected = (column: string): Damage => new Damage(`column ${column} does not hold what the schema says`);

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw unexpected(column);
  return value;
}

export function integerOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : integer(row, column);
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw unexpected(column);
  return value;
}

export function blob(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw unexpected(column);
  return value;
}

export type Hex = `0x${string}`;

/** A blob as 0x and lower-case hex. */
export function hex(row: Row, column: string): Hex {
  const bytes = blob(row, column);
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
}

/** A blob of `length` bytes as 0x and lower-case hex: what a branded identifier of that length is made of. */
export function hexOf(row: Row, column: string, length: 20 | 32): Hex {
  if (blob(row, column).length !== length) throw unexpected(column);
  return hex(row, column);
}

/** The bytes of 0x hex. */
export const bytesOf = (value: Hex): Buffer => Buffer.from(value.slice(2), "hex");

/** The `names` entry at an index kept in a column. */
export function named<Name extends string>(names: readonly Name[], index: number): Name {
  const name = names[index];
  if (name === undefined) throw new Damage("a kept index is outside its list of names");
  return name;
}
