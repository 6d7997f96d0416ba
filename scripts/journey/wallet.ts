import type { TypedData } from "../../node-agent/src/model/typed-data.ts";
import { memberId } from "../../node-agent/src/model/ids.ts";
import { signerFor } from "../../node-agent/src/wallet/account.ts";
import { signTypedData } from "../../node-agent/src/wallet/sign.ts";
import { Unexpected } from "./api-client.ts";
import type { Hex } from "./world.ts";

/** How many addresses of one hospital the wallet looks through for its own. */
const horizon = 200;

/** Signs a document with the key of the study's patient address: the wallet finds it by walking its addresses at that hospital. */
export function signAsPatient(phrase: string, custodian: number, patient: Hex, document: TypedData): Hex {
  for (let index = 0; index < horizon; index++) {
    const signer = signerFor(phrase, memberId(custodian), index);
    if (signer.address === patient.toLowerCase()) return signTypedData(document, signer.privateKey);
  }
  throw new Unexpected(`the wallet has no key for ${patient}`);
}

/** The account on which this patient chose to collect credit: one of the wallet's own, used for nothing else. */
export const creditAccount = (phrase: string): Hex => signerFor(phrase, memberId(0x7fff_fffe), 0).address;
