import { deflateRawSync } from "node:zlib";
import type { ThrowsExpectation } from "ava";
import { Fault } from "../../../node-agent/src/model/fault.ts";
import { encodeElements, type Written } from "../../../scripts/phantom/encode.ts";

export const text = (tag: number, vr: string, value: string | Buffer): Written => ({ tag, vr, value });

/** The four identifiers of a minimal instance. */
export const identity: readonly Written[] = [
  text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.7"),
  text(0x0008_0018, "UI", "1.2.3.4"),
  text(0x0020_000d, "UI", "1.2.3"),
  text(0x0020_000e, "UI", "1.2.3.1"),
];

/** Group 0002 with this transfer syntax behind preamble and prefix. */
export function metaOf(transferSyntax: string): Buffer {
  const meta = encodeElements([{ tag: 0x0002_0001, vr: "OB", value: Buffer.from([0, 1]) }, text(0x0002_0010, "UI", transferSyntax)]);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from("DICM"),
    encodeElements([{ tag: 0x0002_0000, vr: "UL", value: [meta.length] }]),
    meta,
  ]);
}

/** A Part 10 file of raw data set bytes. */
export const fileOf = (dataset: Buffer, transferSyntax = "1.2.840.10008.1.2.1"): Buffer => Buffer.concat([metaOf(transferSyntax), dataset]);

/** A minimal instance with more elements. */
export const instanceOf = (more: readonly Written[] = [], transferSyntax = "1.2.840.10008.1.2.1"): Buffer =>
  fileOf(encodeElements([...identity, ...more]), transferSyntax);

export const deflated = (dataset: Buffer): Buffer => fileOf(deflateRawSync(dataset), "1.2.840.10008.1.2.1.99");

/** One element in implicit VR little endian; undefined length when `length` is 0xffffffff. */
export function implicit(tag: number, value: Buffer, length = value.length): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, value]);
}

/** An element of VR OB, OW or SQ with undefined length, items given as raw bytes, closed by its delimiter. */
export function open(tag: number, vr: string, items: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(12, 0xff);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(vr, 4, "latin1");
  head.writeUInt16LE(0, 6);
  return Buffer.concat([head, ...items.map((item) => implicit(0xfffe_e000, item)), implicit(0xfffe_e0dd, Buffer.alloc(0))]);
}

/** What `t.throws` needs to demand one catalogue code. */
export const faultOf = (code: string): ThrowsExpectation<Fault> => ({ instanceOf: Fault, code });
