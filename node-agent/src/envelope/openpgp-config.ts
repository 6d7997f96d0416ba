import { enums, type PartialConfig } from "openpgp";

/** What every call to openpgp is made with: RFC 9580 keys, AEAD only, the suite of layout.ts. Passed in each call; the library's global is left alone. */
export const openpgpConfig: PartialConfig = Object.freeze({
  v6Keys: true,
  aeadProtect: true,
  preferredSymmetricAlgorithm: enums.symmetric.aes256,
  preferredAEADAlgorithm: enums.aead.gcm,
  aeadChunkSizeByte: 12,
});
