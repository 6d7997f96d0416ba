import { entropyToMnemonic, generateMnemonic, mnemonicToSeedSync, validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { fault } from "../model/fault.ts";

/** Words as typed by a person: case and spaces do not matter. */
const tidy = (phrase: string): string => phrase.normalize("NFKD").trim().toLowerCase().replaceAll(/\s+/gu, " ");

/** A fresh BIP-39 phrase of twelve English words (128 bits). */
export const newPhrase = (): string => generateMnemonic(wordlist, 128);

/** The phrase that stands for a passkey's 32-byte PRF output: the same secret always gives the same 24 words. Throws WALLET_BAD_PHRASE for another length. */
export function phraseOfSecret(secret: Uint8Array): string {
  if (secret.length !== 32) throw fault("WALLET_BAD_PHRASE", {});
  return entropyToMnemonic(secret, wordlist);
}

/** The 64-byte seed of a phrase (BIP-39, no extra passphrase). Throws WALLET_BAD_PHRASE without repeating the words. */
export function seedOf(phrase: string): Uint8Array {
  const words = tidy(phrase);
  if (!validateMnemonic(words, wordlist)) throw fault("WALLET_BAD_PHRASE", {});
  return mnemonicToSeedSync(words);
}
