import type { Purpose } from "../../model/purpose.ts";
import { getStudy, type Prepared } from "../api.ts";
import type { Client } from "../client.ts";
import type { ConsentDocument } from "./document.ts";

export type ConsentWish = { readonly grantee: number; readonly purposes: readonly Purpose[]; readonly days: number; readonly creditAccount?: string | undefined };

const daySeconds = 86_400;

/** Asks the agent for the document of a consent from now on for `days` days. */
export async function prepareConsentDocument(client: Client, reference: string, wish: ConsentWish): Promise<ConsentDocument> {
  const study = await getStudy(client, reference);
  const prepared = await client.post<Prepared>("/api/consents/prepare", {
    study: study.study,
    grantee: wish.grantee,
    purposes: wish.purposes,
    expiry: Math.floor(Date.now() / 1000) + wish.days * daySeconds,
    ...(wish.creditAccount === undefined ? {} : { creditAccount: wish.creditAccount }),
  });
  return { kind: "consent", account: study.custodian, ...prepared, signature: null };
}

/** Asks the agent for the document of a revocation. */
export async function prepareRevocationDocument(client: Client, reference: string, grantee: number): Promise<ConsentDocument> {
  const study = await getStudy(client, reference);
  const prepared = await client.post<Prepared>("/api/revocations/prepare", { study: study.study, grantee });
  return { kind: "revocation", account: study.custodian, ...prepared, signature: null };
}
