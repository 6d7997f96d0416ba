import { entry } from "./entry.ts";

export const envelopeErrors = {
  ENVELOPE_TAMPERED: entry<{ chunk: number }>({
    status: 422,
    title: "Ciphertext does not authenticate",
    message: (d) => `chunk ${d.chunk} of the OpenPGP message does not authenticate`,
    hint: "Fetch the object again from another holder; if it fails everywhere, ask the custodian to store the study again.",
  }),
  ENVELOPE_TRUNCATED: entry<{ have: number; atLeast: number }>({
    status: 422,
    title: "Encrypted object cut short",
    message: (d) => `the OpenPGP message ends after ${d.have} bytes where at least ${d.atLeast} belong`,
    hint: "Fetch the object again from another holder; nothing of a cut object is used.",
  }),
  ENVELOPE_TRAILING: entry<{ bytes: number }>({
    status: 422,
    title: "Bytes after the encrypted object",
    message: (d) => `at least ${d.bytes} bytes follow the end of the OpenPGP message`,
    hint: "Fetch the object again from another holder; an object is exactly one message.",
  }),
  ENVELOPE_MALFORMED: entry<{ what: string }>({
    status: 422,
    title: "Not a well-formed OpenPGP message",
    message: (d) => `the bytes are not a well-formed OpenPGP message: ${d.what}`,
    hint: "Check that the object is an RFC 9580 message as written by Fiducial or another OpenPGP tool, in binary form without armour.",
  }),
  ENVELOPE_UNSUPPORTED: entry<{ what: string }>({
    status: 422,
    title: "OpenPGP form not accepted",
    message: (d) => `the OpenPGP message uses ${d.what}, which is not accepted`,
    hint: "Write the object again as SEIPD version 2 with AES-256 in GCM mode holding one literal packet (RFC 9580 section 5.13.2).",
  }),
  ENVELOPE_TOO_LARGE: entry<{ bytes: number; limit: number }>({
    status: 413,
    title: "Object too large for one envelope",
    message: (d) => `${d.bytes} bytes do not fit one envelope, which holds at most ${d.limit}`,
    hint: "Split the object; one instance may hold a little under 4 GiB.",
  }),
  ENVELOPE_WRONG_SIZE: entry<{ declared: number; have: number }>({
    status: 400,
    title: "Object size differs from what was declared",
    message: (d) => `the source gave ${d.have} bytes where ${d.declared} were declared`,
    hint: "Send the object again with its true length.",
  }),
  ENVELOPE_RANGE: entry<{ start: number; end: number; size: number }>({
    status: 416,
    title: "Range outside the object",
    message: (d) => `bytes ${d.start} to ${d.end} are outside an object of ${d.size} bytes`,
    hint: "Ask for a range inside the object.",
  }),
  ENVELOPE_WRONG_KEY: entry({
    status: 403,
    title: "Wrapped key is not for this key",
    message: () => `the wrapped session key cannot be opened with this private key`,
    hint: "Ask the custodian to release the key again; it must be wrapped for the certificate this institution has registered.",
  }),
  ENVELOPE_CERTIFICATE_UNFIT: entry<{ why: string }>({
    status: 422,
    title: "Certificate cannot receive keys",
    message: (d) => `the OpenPGP certificate cannot be used: ${d.why}`,
    hint: "Register a version 6 certificate with an X25519 subkey that announces SEIPD version 2 with AES-256 GCM; the keyring made at enrolment holds one.",
  }),
  KEYRING_EXISTS: entry({
    status: 409,
    title: "Keyring already there",
    message: () => `the folder already holds a keyring`,
    hint: "Use the keyring that is there, or choose an empty folder. A keyring is never overwritten: its keys open everything stored so far.",
  }),
  KEYRING_MISSING: entry({
    status: 500,
    title: "No keyring",
    message: () => `the folder holds no keyring`,
    hint: "Point keyring.dir at the folder made at enrolment, or restore it from your backup.",
  }),
  KEYRING_WRONG_PASSPHRASE: entry({
    status: 500,
    title: "Keyring does not open",
    message: () => `the keyring does not open with this passphrase`,
    hint: "Check the passphrase file (a trailing line break is ignored); if it is right, the keyring file is damaged: restore it from your backup.",
  }),
  KEYRING_MALFORMED: entry<{ what: string }>({
    status: 500,
    title: "Keyring file not understood",
    message: (d) => `the keyring file cannot be read: ${d.what}`,
    hint: "Restore the keyring from your backup, or upgrade the program if a newer version wrote it.",
  }),
  KEYRING_WEAK_PASSPHRASE: entry<{ bytes: number; least: number }>({
    status: 400,
    title: "Passphrase too short",
    message: (d) => `the passphrase has ${d.bytes} bytes; at least ${d.least} are needed`,
    hint: "Write a longer passphrase to the file, for example 32 random bytes in base64.",
  }),
  WALLET_BAD_PHRASE: entry({
    status: 400,
    title: "Recovery phrase not valid",
    message: () => `the words are not a valid BIP-39 recovery phrase`,
    hint: "Check the spelling and the order of the words; the last word holds a checksum.",
  }),
  WALLET_BAD_ACCOUNT: entry<{ why: string }>({
    status: 400,
    title: "Account key not valid",
    message: (d) => `the extended key or index cannot be used: ${d.why}`,
    hint: "Hand over the extended public key exactly as the wallet shows it (it begins with xpub).",
  }),
  WALLET_BAD_TYPED_DATA: entry<{ why: string }>({
    status: 400,
    title: "Typed data not valid",
    message: (d) => `the EIP-712 typed data cannot be hashed: ${d.why}`,
    hint: "Sign the typed data exactly as the agent prepared it.",
  }),
} as const;
