import { CID } from "multiformats/cid";
import { fault } from "../model/fault.ts";
import { writeVarint } from "./varint.ts";

/**
 * The header of a CARv1 (ipld.io/specs/transport/car/carv1): DAG-CBOR {"roots": [CID...], "version": 1}. Only this one map is ever
 * written or read, so the few CBOR forms it needs stand here and nothing else of CBOR is accepted from the network.
 */
const text = (value: string): Buffer => Buffer.concat([Buffer.from([0x60 | value.length]), Buffer.from(value)]);
const mostRoots = 23;
const cidTag = [0xd8, 0x2a, 0x58] as const;

/** Length-prefixed header for at most 23 roots. */
export function carHeader(roots: readonly CID[]): Buffer {
  if (roots.length > mostRoots) throw fault("CAR_MALFORMED", { what: `more than ${mostRoots} roots` });
  // Tag 42 over a byte string that begins with the identity multibase octet 0 (DAG-CBOR, links).
  const links = roots.map((cid) => Buffer.concat([Buffer.from([...cidTag, cid.bytes.length + 1, 0]), cid.bytes]));
  const body = Buffer.concat([Buffer.from([0xa2]), text("roots"), Buffer.from([0x80 | roots.length]), ...links, text("version"), Buffer.from([1])]);
  return Buffer.concat([writeVarint(body.length), body]);
}

/** Roots of a header body (without its length). Throws CAR_MALFORMED. */
export function readCarHeader(body: Uint8Array): CID[] {
  const wrong = (): Error => fault("CAR_MALFORMED", { what: "its header is not that of a version 1" });
  let at = 0;
  const expect = (bytes: Uint8Array): void => {
    if (Buffer.compare(body.subarray(at, at + bytes.length), bytes) !== 0) throw wrong();
    at += bytes.length;
  };
  const roots: CID[] = [];
  expect(Buffer.from([0xa2]));
  expect(text("roots"));
  const count = (body[at++] ?? 0) - 0x80;
  if (count < 0 || count > mostRoots) throw wrong();
  for (let i = 0; i < count; i++) {
    expect(Buffer.from(cidTag));
    const length = body[at++] ?? 0;
    expect(Buffer.from([0]));
    const end = at + length - 1;
    if (end > body.length) throw wrong();
    try {
      roots.push(CID.decode(body.subarray(at, end)));
    } catch {
      throw wrong();
    }
    at = end;
  }
  expect(text("version"));
  expect(Buffer.from([1]));
  if (at !== body.length) throw wrong();
  return roots;
}
