import { fault } from "../../model/fault.ts";
import { memberId } from "../../model/ids.ts";
import { readSecret } from "../../config/secret.ts";
import { addressAt, hospitalXpub, signerFor } from "../../wallet/account.ts";
import { signTypedData } from "../../wallet/sign.ts";
import type { ConsentDocument } from "./document.ts";

/** Studies of one patient at one hospital that a wallet looks through when nobody told it the index. */
const searched = 1000;

/**
 * Signs with the patient's key from a recovery phrase file. The key is looked for by the document's index, or among the first thousand of
 * the account. Throws WALLET_BAD_PHRASE, or CLI_USAGE when the phrase has no key of the address that must sign.
 */
export async function signDocument(document: ConsentDocument, phraseFile: string): Promise<ConsentDocument> {
  const phrase = (await readSecret("--phrase-file", phraseFile)).toString("utf8").trim();
  const account = memberId(document.account);
  const index = document.addressIndex ?? indexOf(hospitalXpub(phrase, account), document.signer);
  const key = index === null ? null : signerFor(phrase, account, index);
  if (key === null || key.address !== document.signer) throw fault("CLI_USAGE", { why: "this phrase has no key for the study: it belongs to another patient, or the patient was not enrolled with it" });
  const signature = signTypedData(document.typedData, key.privateKey);
  key.privateKey.fill(0);
  return { ...document, signature };
}

function indexOf(xpub: string, signer: string): number | null {
  for (let index = 0; index < searched; index++) if (addressAt(xpub, index) === signer) return index;
  return null;
}
