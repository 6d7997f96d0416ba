import { isIP } from "node:net";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { type Address, address } from "../model/ids.ts";

/** A node as its peers reach it. `key` is the 64-byte public key as 128 lower-case hex digits, without 0x. */
export type Enode = { readonly key: string; readonly host: string; readonly port: number };

const form = /^enode:\/\/([0-9a-f]{128})@(\[[0-9a-f:.]+\]|[^:[\]@/?]+):(\d{1,5})(?:\?[a-z0-9=&]*)?$/iu;
const hostName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/iu;

/** Whether a text from the registry can be the host of an enode: an IP address or a host name. Members write it, so it is not taken on trust. */
export const isNodeHost = (host: string): boolean => isIP(host) !== 0 || hostName.test(host);

/** Reads an enode URL (EIP-8 and devp2p's URL form); discovery ports are ignored, as this network does not discover. Null when it is none. */
export function parseEnode(url: string): Enode | null {
  const match = form.exec(url);
  const [, key = "", bracketed = "", digits = ""] = match ?? [];
  const host = bracketed.startsWith("[") ? bracketed.slice(1, -1) : bracketed;
  const port = Number(digits);
  if (match === null || !isNodeHost(host) || port < 1 || port > 65_535) return null;
  return { key: key.toLowerCase(), host: host.toLowerCase(), port };
}

/** The URL of an enode as Besu writes it. */
export const enodeUrl = ({ key, host, port }: Enode): string => `enode://${key}@${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

/** Where a node listens: all that Besu's allowlist compares. */
export const endpointOf = ({ host, port }: Pick<Enode, "host" | "port">): string => `${host}:${port}`;

/** Whether 128 hex digits are the public key of a node: a point of secp256k1. */
export const isNodeKey = (key: string): boolean => /^[0-9a-f]{128}$/u.test(key) && secp256k1.utils.isValidPublicKey(Buffer.from(`04${key}`, "hex"), false);

/** The address of a node key: a validator's address is that of its node. `key` as in Enode. Throws TypeError when it is no public key. */
export function nodeAddress(key: string): Address {
  if (!/^[0-9a-f]{128}$/u.test(key)) throw new TypeError("not the public key of a node (128 hex digits)");
  return address(`0x${Buffer.from(keccak_256(Buffer.from(key, "hex")).subarray(12)).toString("hex")}`);
}
