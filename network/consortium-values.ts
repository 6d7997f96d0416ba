import { isIPv4 } from "node:net";
import { z } from "zod";
import { isNodeId } from "./besu/node-key.ts";

/** A whole number from `least` to `most` in the unit that the key's name says. */
export const whole = (least: number, most: number) => z.int("give a whole number").min(least, `give at least ${least}`).max(most, `give at most ${most}`);

export const port = whole(1, 65_535);

export const account = z
  .string("give 0x and 40 hex digits")
  .regex(/^0x[0-9a-fA-F]{40}$/u, "give 0x and 40 hex digits")
  .transform((text) => text.toLowerCase() as `0x${string}`);

export const sha256 = z
  .string("give 0x and 64 hex digits")
  .regex(/^0x[0-9a-fA-F]{64}$/u, "give 0x and 64 hex digits")
  .transform((text) => text.toLowerCase() as `0x${string}`);

/** Besu compares peers by address, and freezes a name that did not resolve at start: only IPv4 addresses work in enodes and allowlists. */
export const ipv4 = z.string().refine(isIPv4, "give an IPv4 address: Besu's allowlist compares addresses, and a name or IPv6 address would never match");

/** A node id. Accepted with or without 0x; kept without, as enode URLs have it. */
export const nodeId = z
  .string("give the 128 hex digits of an enode's public key")
  .regex(/^(?:0x)?[0-9a-fA-F]{128}$/u, "give the 128 hex digits of an enode's public key")
  .refine((text) => !/^(?:0x)?[0-9a-fA-F]{128}$/u.test(text) || isNodeId(text), "this is no public key of secp256k1; copy it whole from the node's submission")
  .transform((text) => text.replace(/^0x/u, "").toLowerCase());

/** A name that may stand in file names, host names and service names. */
export const label = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/u, "give up to 40 lower-case letters, digits and dashes, beginning and ending with a letter or digit");

/** libp2p peer id: base58 of a multihash (Qm..., 12D3Koo...). */
export const peerId = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{46,60}$/u, "give a libp2p peer id such as 12D3KooW...");

/** An image that can never change under us: by its registry's digest, a tag before it is for people; or by the id of one that was built on this computer. */
export const image = z
  .string()
  .regex(/^(?:[a-z0-9][a-z0-9.:/_-]*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?@)?sha256:[0-9a-f]{64}$/u, "name the image by digest: registry/name:tag@sha256:64 hex digits")
  .refine((text) => !text.includes(":latest@"), "the tag latest says nothing about what runs; name the version");
