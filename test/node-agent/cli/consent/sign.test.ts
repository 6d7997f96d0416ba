import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { verifyTypedData } from "viem";
import type { ConsentDocument } from "../../../../node-agent/src/cli/consent/document.ts";
import { memberId } from "../../../../node-agent/src/model/ids.ts";
import { addressAt } from "../../../../node-agent/src/wallet/account.ts";
import { fiducial, folder } from "../run-program.ts";

/** A revocation to be signed by address 5 of the phrase's account at hospital 1. */
async function prepared(t: ExecutionContext, addressIndex: number | null) {
  const dir = await folder(t);
  const phrase = join(dir, "phrase");
  await fiducial(["wallet", "new", "--out", phrase]);
  const { xpub } = (await fiducial(["--json", "wallet", "xpub", "--member", "1", "--phrase-file", phrase])).json<{ xpub: string }>();
  const message = { study: `0x${"11".repeat(32)}`, grantee: 2, nonce: "7" };
  const document: ConsentDocument = {
    kind: "revocation",
    account: memberId(1),
    terms: message,
    typedData: {
      types: {
        EIP712Domain: [
          { name: "name", type: "string" },
          { name: "version", type: "string" },
          { name: "chainId", type: "uint256" },
          { name: "verifyingContract", type: "address" },
        ],
        Revocation: [
          { name: "study", type: "bytes32" },
          { name: "grantee", type: "uint32" },
          { name: "nonce", type: "uint256" },
        ],
      },
      primaryType: "Revocation",
      domain: { name: "ConsentRegistry", version: "1", chainId: 20251, verifyingContract: `0x${"22".repeat(20)}` },
      message,
    },
    signer: addressAt(xpub, 5),
    addressIndex,
    signature: null,
  };
  const file = join(dir, "revocation.json");
  await writeFile(file, JSON.stringify(document));
  return { dir, phrase, file, document };
}

for (const index of [5, null])
  test(`a wallet signs offline with the right key, ${index === null ? "searching for it" : "told which"}`, async (t) => {
    const { dir, phrase, file, document } = await prepared(t, index);
    const signed = join(dir, "signed.json");
    const ran = await fiducial(["consent", "sign", file, "--phrase-file", phrase, "--out", signed]);
    t.is(ran.status, 0, ran.err);
    const { signature } = JSON.parse(await readFile(signed, "utf8")) as ConsentDocument;
    const { domain, message } = document.typedData;
    const types = { Revocation: document.typedData.types["Revocation"] ?? [] };
    t.true(await verifyTypedData({ address: document.signer as `0x${string}`, domain, types, primaryType: "Revocation", message, signature: signature ?? "0x" }));
  });

test("another patient's phrase signs nothing", async (t) => {
  const { dir, file } = await prepared(t, 5);
  const other = join(dir, "other");
  await fiducial(["wallet", "new", "--out", other]);
  const ran = await fiducial(["consent", "sign", file, "--phrase-file", other]);
  t.is(ran.status, 2);
  t.regex(ran.err, /no key for the study/u);
  t.is(ran.out, "");
});

test("words that are no phrase are told without repeating them", async (t) => {
  const { dir, file } = await prepared(t, 5);
  await writeFile(join(dir, "bad"), "twelve words that are none of the list");
  const ran = await fiducial(["consent", "sign", file, "--phrase-file", join(dir, "bad")]);
  t.is(ran.status, 2);
  t.regex(ran.err, /WALLET_BAD_PHRASE/u);
  t.notRegex(ran.err, /twelve words that/u);
});

test("a file that is no consent document is refused", async (t) => {
  const { dir, phrase } = await prepared(t, 5);
  await writeFile(join(dir, "x.json"), "{}");
  const ran = await fiducial(["consent", "sign", join(dir, "x.json"), "--phrase-file", phrase]);
  t.is(ran.status, 2);
  t.regex(ran.err, /not a consent document/u);
});

test("an unsigned document is not submitted", async (t) => {
  const { file, phrase } = await prepared(t, 5);
  const ran = await fiducial(["consent", "submit", file, "--url", "http://127.0.0.1:1", "--user", "a", "--password-file", phrase]);
  t.is(ran.status, 2);
  t.regex(ran.err, /consent sign/u);
});
