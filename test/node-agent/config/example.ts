const contract = `0x${"ab".repeat(20)}`;

/** A complete, minimal hospital configuration, with hashes and addresses written without quotes as operators paste them. */
export const hospitalYaml = `role: hospital
member: 1
name: Hospital A
keyring:
  dir: keys
  passphraseFile: secrets/passphrase
chain:
  endpoint: http://127.0.0.1:8545
  chainId: 20251
  genesisHash: 0x${"cd".repeat(32)}
  contracts:
    memberRegistry: ${contract}
    studyRegistry: ${contract}
    consentRegistry: ${contract}
    accessLedger: ${contract}
    creditLedger: ${contract}
    consortiumAuthority: ${contract}
`;
