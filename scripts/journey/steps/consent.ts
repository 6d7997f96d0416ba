import type { TypedData } from "../../../node-agent/src/model/typed-data.ts";
import type { ApiClient } from "../api-client.ts";
import type { Reporter } from "../display.ts";
import { eventually, expect, expectEqual } from "../expect.ts";
import { creditAccount, signAsPatient } from "../wallet.ts";
import type { Hex, Shared, World } from "../world.ts";

const days = 86_400;
type Prepared = { readonly terms: Readonly<Record<string, unknown>>; readonly typedData: TypedData; readonly signer: Hex };

/** Step 4: the patient signs a consent for B, purpose TREAT, 30 days. A's agent prepares it; C's agent, which has no part in it, relays it. */
export async function grantToB({ people, phrase, seat }: World, { study, patient }: Shared, report: Reporter): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const prepared = await people.patientA.post<Prepared>("/api/consents/prepare", {
    study,
    grantee: seat("b").member,
    purposes: ["TREAT"],
    notBefore: now - 60,
    expiry: now + 30 * days,
    creditAccount: creditAccount(phrase),
  });
  expectEqual(prepared.signer, patient, "the account that must sign");
  const signature = signAsPatient(phrase, seat("a").member, patient, prepared.typedData);
  await people.clinicianC.post("/api/consents", { terms: prepared.terms, signature });
  const consent = await eventually("the consent in Hospital A's index", 60, async () => {
    const { consents } = await people.patientA.get<{ consents: { grantee: number; class: string; purposes: string[] }[] }>(`/api/consents?study=${study}`);
    return consents.find(({ grantee }) => grantee === seat("b").member);
  });
  expectEqual(consent.class, "signed", "class of the consent");
  expectEqual(consent.purposes, ["TREAT"], "purposes of the consent");
  const replay = await people.clinicianC.problem("POST", "/api/consents", { terms: prepared.terms, signature });
  expectEqual(replay.code, "CONSENT_STALE_NONCE", "answer to relaying it a second time");
  report.note("signed by the wallet, relayed by Hospital C; a second relay is refused");
}

/** Step 7a: the patient revokes; A's agent relays. */
export async function revokeFromB({ people, phrase, seat }: World, { study, patient }: Shared, report: Reporter): Promise<void> {
  const prepared = await people.patientA.post<Prepared>("/api/revocations/prepare", { study, grantee: seat("b").member });
  const signature = signAsPatient(phrase, seat("a").member, patient, prepared.typedData);
  await people.patientA.post("/api/revocations", { terms: prepared.terms, signature });
  report.note("signed by the wallet, relayed by Hospital A");
}

/** A consent on paper, for a patient without a wallet: one clinician proposes, another approves. */
export async function attestToB({ people, seat }: World, { study }: Shared, report: Reporter): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const body = { study, grantee: seat("b").member, purposes: ["TREAT"], notBefore: now - 60, expiry: now + 30 * days };
  const { proposal } = await people.clinicianA.post<{ proposal: string }>("/api/attestations", body);
  const own = await people.clinicianA.problem("POST", `/api/attestations/${proposal}/approve`);
  expectEqual(own.code, "ATTESTATION_SAME_PERSON", "answer to approving one's own proposal");
  await people.secondClinicianA.post(`/api/attestations/${proposal}/approve`);
  report.note("proposed by one clinician, approved by another");
}

/** Signs in for the sake of the record: the journey's people exist. */
export async function everyoneSignsIn(people: Readonly<Record<string, ApiClient>>, report: Reporter): Promise<void> {
  for (const [who, client] of Object.entries(people)) {
    const me = await client.get<{ name: string }>("/api/me");
    expect(me.name.length > 0, `${who} is signed in`);
  }
  report.note(`${Object.keys(people).length} people signed in at four agents`);
}
