import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { largestBlock } from "../../dag/block.ts";

/**
 * A segment is a file of records, one after the other: a head of 52 bytes, then the block's bytes. Head: magic (4), state (1: live or dead), zero (3),
 * length (4, little endian), CID (36 bytes: version 1, codec, sha2-256), CRC-32 over magic, length and CID (4). The state alone is ever changed.
 */
const magic = 0x314b4246; // "FBK1"
export const headBytes = 52;
export const cidBytes = 36;
const stateAt = 4;
const lengthAt = 8;
const cidAt = 12;
const crcAt = 48;
const live = 1;
const dead = 0;
/** Where a record's state byte lies, from the record's beginning, and what it is set to when its block is deleted. */
export const deadMark = { at: stateAt, bytes: Buffer.of(dead) } as const;

const sumOf = (head: Buffer): number => crc32(head.subarray(cidAt, crcAt), crc32(head.subarray(lengthAt, cidAt), crc32(head.subarray(0, stateAt))));

/** The head in front of a block's bytes. */
export function recordHead(cid: Uint8Array, length: number): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(magic, 0);
  head[stateAt] = live;
  head.writeUInt32LE(length, lengthAt);
  head.set(cid, cidAt);
  head.writeUInt32LE(sumOf(head), crcAt);
  return head;
}

export type RecordHead = { readonly cid: Buffer; readonly length: number; readonly live: boolean };

/** What a head says, or null when it is none. */
export function readHead(head: Buffer): RecordHead | null {
  if (head.length < headBytes || head.readUInt32LE(0) !== magic || head.readUInt32LE(crcAt) !== sumOf(head)) return null;
  const length = head.readUInt32LE(lengthAt);
  if (length > largestBlock) return null;
  return { cid: Buffer.from(head.subarray(cidAt, crcAt)), length, live: head[stateAt] === live };
}

/** Records of a segment from an offset on, as far as whole ones follow one another; `at` is where the block's bytes begin. */
export async function* recordsIn(file: FileHandle, from: number, size: number): AsyncGenerator<RecordHead & { readonly at: number }, void, undefined> {
  const head = Buffer.alloc(headBytes);
  for (let offset = from; offset + headBytes <= size; ) {
    await file.read(head, 0, headBytes, offset);
    const record = readHead(head);
    if (record === null || offset + headBytes + record.length > size) return;
    yield { ...record, at: offset + headBytes };
    offset += headBytes + record.length;
  }
}
