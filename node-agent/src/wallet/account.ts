import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { HARDENED_OFFSET, HDKey } from "@scure/bip32";
import { fault } from "../model/fault.ts";
import { type Address, address, type MemberId } from "../model/ids.ts";
import { seedOf } from "./phrase.ts";

const accountDepth = 3;
const bad = (why: string, cause?: unknown): Error => fault("WALLET_BAD_ACCOUNT", { why }, cause);

/** The account kept for one hospital: m/44'/60'/{member}' (BIP-44 with the member id as account). Hardened, so hospitals cannot link accounts. */
function hospitalAccount(phrase: string, member: MemberId): HDKey {
  if (member < 1 || member >= HARDENED_OFFSET) throw bad("the member id is outside 1 to 2147483647");
  return HDKey.fromMasterSeed(seedOf(phrase)).derive(`m/44'/60'/${member}'`);
}

/** Child 0/index of an account: external chain, never hardened, so that the hospital's public key reaches it too. */
function child(account: HDKey, index: number): HDKey {
  if (!Number.isInteger(index) || index < 0 || index >= HARDENED_OFFSET) throw bad("the index is outside 0 to 2147483647");
  return account.deriveChild(0).deriveChild(index);
}

/** Ethereum address of a compressed public key: the last 20 bytes of the Keccak-256 of the point. */
function addressOf(publicKey: Uint8Array | null): Address {
  if (publicKey === null) throw bad("it holds no public key");
  const point = secp256k1.Point.fromBytes(publicKey).toBytes(false);
  return address(`0x${Buffer.from(keccak_256(point.subarray(1)).subarray(12)).toString("hex")}`);
}

/**
 * The extended public key a patient hands to hospital `member` at enrolment. With it the hospital derives a fresh address per study
 * and can never sign. Throws WALLET_BAD_PHRASE, WALLET_BAD_ACCOUNT.
 */
export const hospitalXpub = (phrase: string, member: MemberId): string => hospitalAccount(phrase, member).publicExtendedKey;

/** Checks that a text is an account's extended public key as `hospitalXpub` gives it. Throws WALLET_BAD_ACCOUNT, also for a private key. */
export function readXpub(xpub: string): HDKey {
  let account: HDKey;
  try {
    account = HDKey.fromExtendedKey(xpub);
  } catch (cause) {
    throw bad("it is not an extended key", cause);
  }
  if (account.privateKey !== null) throw bad("it holds a private key, which no hospital may have");
  if (account.depth !== accountDepth || account.index < HARDENED_OFFSET) throw bad("it is not an account key (m/44'/60'/member')");
  return account;
}

/** Address `index` of an account, from the extended public key alone. Throws WALLET_BAD_ACCOUNT. */
export const addressAt = (xpub: string, index: number): Address => addressOf(child(readXpub(xpub), index).publicKey);

/** The key of address `index` of the patient's account at hospital `member`; stays in the wallet. Throws WALLET_BAD_PHRASE, WALLET_BAD_ACCOUNT. */
export function signerFor(phrase: string, member: MemberId, index: number): { readonly privateKey: Uint8Array; readonly address: Address } {
  const key = child(hospitalAccount(phrase, member), index);
  if (key.privateKey === null) throw bad("it holds no private key");
  return { privateKey: key.privateKey, address: addressOf(key.publicKey) };
}
