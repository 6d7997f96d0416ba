import test from "ava";
import fc from "fast-check";
import { hashTypedData as viemHash, recoverTypedDataAddress } from "viem";
import { mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { memberId } from "../../../node-agent/src/model/ids.ts";
import type { TypedData } from "../../../node-agent/src/model/typed-data.ts";
import { addressAt, hospitalXpub, readXpub, signerFor } from "../../../node-agent/src/wallet/account.ts";
import { hashTypedData } from "../../../node-agent/src/wallet/eip712.ts";
import { newPhrase, phraseOfSecret, seedOf } from "../../../node-agent/src/wallet/phrase.ts";
import { signTypedData } from "../../../node-agent/src/wallet/sign.ts";

const member = memberId(7);
const zero = "0x0000000000000000000000000000000000000000000000000000000000000000";

const consent = (message: TypedData["message"]): TypedData => ({
  types: {
    Consent: [
      { name: "studyId", type: "bytes32" },
      { name: "grantee", type: "uint32" },
      { name: "purposes", type: "uint8" },
      { name: "notBefore", type: "uint40" },
      { name: "expiry", type: "uint40" },
      { name: "creditAccount", type: "address" },
      { name: "nonce", type: "uint256" },
      { name: "emergency", type: "bool" },
      { name: "terms", type: "string" },
      { name: "extra", type: "bytes" },
      { name: "offset", type: "int64" },
    ],
  },
  primaryType: "Consent",
  domain: { name: "Fiducial", version: "1", chainId: 20_260, verifyingContract: "0x00000000000000000000000000000000000000aa" },
  message,
});
const plain = consent({
  studyId: zero, grantee: 2, purposes: 1, notBefore: 0, expiry: 1_800_000_000, creditAccount: "0x00000000000000000000000000000000000000bb",
  nonce: "115792089237316195423570985008687907853269984665640564039457584007913129639935", emergency: true, terms: "é", extra: "0x", offset: "-5",
});

type ViemDocument = Parameters<typeof viemHash>[0];
const forViem = (document: TypedData): ViemDocument => JSON.parse(JSON.stringify(document)) as ViemDocument;

test("the BIP-39 seed of a known phrase is the published one", (t) => {
  const phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow";
  const published = "878386efb78845b3355bd15ea4d39ef97d179cb712b77d5c12b6be415fffeffe5f377ba02bf3f8544ab800b955e51fbff09828f682052a20faa6addbbddfb096";
  // The published vectors use the passphrase TREZOR; without it the seed is this.
  t.is(Buffer.from(seedOf(phrase)).toString("hex"), published);
  t.deepEqual(seedOf(`  ${phrase.toUpperCase().replaceAll(" ", "\n ")} `), seedOf(phrase));
});

test("a phrase with a wrong word or checksum is refused without being repeated", (t) => {
  for (const phrase of ["", "abandon", `${"abandon ".repeat(12)}`, `${"abandon ".repeat(11)}zzzz`]) {
    const error = t.throws(() => seedOf(phrase), { code: "WALLET_BAD_PHRASE" });
    t.false(error?.message.includes("abandon") ?? true);
  }
});

test("the same passkey secret always gives the same words; another gives others", (t) => {
  const secret = new Uint8Array(32).fill(9);
  t.is(phraseOfSecret(secret), phraseOfSecret(secret));
  t.is(phraseOfSecret(secret).split(" ").length, 24);
  t.not(phraseOfSecret(secret), phraseOfSecret(new Uint8Array(32).fill(8)));
  t.throws(() => phraseOfSecret(new Uint8Array(16)), { code: "WALLET_BAD_PHRASE" });
});

test("hospital and patient derive the same addresses, and so does viem", (t) => {
  const phrase = newPhrase();
  const xpub = hospitalXpub(phrase, member);
  t.true(xpub.startsWith("xpub"));
  for (const index of [0, 1, 99, 2_147_483_647]) {
    const signer = signerFor(phrase, member, index);
    t.is(addressAt(xpub, index), signer.address);
    t.is(mnemonicToAccount(phrase, { path: `m/44'/60'/7'/0/${index}` }).address.toLowerCase(), signer.address);
    t.is(privateKeyToAccount(`0x${Buffer.from(signer.privateKey).toString("hex")}`).address.toLowerCase(), signer.address);
  }
  t.not(hospitalXpub(phrase, memberId(8)), xpub);
});

test("keys of another kind are refused", (t) => {
  const phrase = newPhrase();
  const xpub = hospitalXpub(phrase, member);
  const account = readXpub(xpub);
  t.throws(() => readXpub("xpub"), { code: "WALLET_BAD_ACCOUNT" });
  t.throws(() => readXpub(account.deriveChild(0).publicExtendedKey), { code: "WALLET_BAD_ACCOUNT" });
  t.throws(() => addressAt(xpub, -1), { code: "WALLET_BAD_ACCOUNT" });
  t.throws(() => addressAt(xpub, 2 ** 31), { code: "WALLET_BAD_ACCOUNT" });
  t.throws(() => hospitalXpub(phrase, memberId(0)), { code: "WALLET_BAD_ACCOUNT" });
});

test("typed data hashes as in viem, for any values", (t) => {
  t.true(hashTypedData(plain) === viemHash(forViem(plain)));
  const hex = (bytes: number): fc.Arbitrary<string> => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => `0x${Buffer.from(b).toString("hex")}`);
  const message = fc.record({
    studyId: hex(32), grantee: fc.nat(), purposes: fc.nat(255), notBefore: fc.nat(), expiry: fc.nat(), creditAccount: hex(20),
    nonce: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map(String), emergency: fc.boolean(), terms: fc.string({ unit: "grapheme" }),
    extra: fc.uint8Array({ maxLength: 70 }).map((b) => `0x${Buffer.from(b).toString("hex")}`), offset: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  });
  fc.assert(fc.property(message, (values) => hashTypedData(consent(values)) === viemHash(forViem(consent(values)))), { numRuns: 300 });
});

test("a domain type given in the document is used as it stands", (t) => {
  const types = { ...plain.types, EIP712Domain: [{ name: "name", type: "string" }, { name: "version", type: "string" }, { name: "chainId", type: "uint256" }, { name: "verifyingContract", type: "address" }] };
  t.is(hashTypedData({ ...plain, types }), hashTypedData(plain));
});

test("values that do not fit their type are refused", (t) => {
  const wrong: readonly (readonly [string, string | number | boolean])[] = [
    ["studyId", "0x00"], ["grantee", 2 ** 32], ["grantee", -1], ["grantee", 1.5], ["grantee", "1e3"], ["grantee", true], ["purposes", 256], ["creditAccount", "0x1234"],
    ["emergency", "true"], ["terms", 5], ["extra", "0x1"], ["nonce", "two"], ["offset", (2n ** 63n).toString()], ["unnamed", 1],
  ];
  for (const [name, value] of wrong) t.throws(() => hashTypedData(consent({ ...plain.message, [name]: value })), { code: "WALLET_BAD_TYPED_DATA" }, `${name} ${value}`);
  t.throws(() => hashTypedData({ ...plain, primaryType: "Other" }), { code: "WALLET_BAD_TYPED_DATA" });
  t.throws(() => hashTypedData({ ...plain, types: { Consent: [{ name: "grantee", type: "uint32[]" }] } }), { code: "WALLET_BAD_TYPED_DATA" });
});

test("a signature is low-s, 65 bytes, v 27 or 28, and recovers to the signer", async (t) => {
  const half = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
  const phrase = newPhrase();
  const seen = new Set<string>();
  for (let index = 0; index < 24; index++) {
    const signer = signerFor(phrase, member, index);
    const signature = signTypedData(plain, signer.privateKey);
    t.is(signature.length, 132);
    const v = signature.slice(130);
    seen.add(v);
    t.true(v === "1b" || v === "1c");
    t.true(BigInt(`0x${signature.slice(66, 130)}`) <= half);
    t.is((await recoverTypedDataAddress({ ...forViem(plain), signature })).toLowerCase(), signer.address);
    const viem = await privateKeyToAccount(`0x${Buffer.from(signer.privateKey).toString("hex")}`).signTypedData(forViem(plain));
    t.is(viem, signature, "deterministic as viem's");
  }
  t.is(seen.size, 2, "both recovery values occurred");
});
