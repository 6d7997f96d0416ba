import { createHash } from "node:crypto";
import { address, type Address, digest, type Digest, memberId, requestId, type StudyId, studyId } from "../../node-agent/src/model/ids.ts";
import type { LedgerEvent, LedgerFact } from "../../node-agent/src/model/ledger-events.ts";
import type { LedgerBatch } from "../../node-agent/src/ports/ledger.ts";

/** A study of the synthetic chain: every tenth study belongs to the next patient, each under an address of its own. */
export type SyntheticStudy = { readonly id: StudyId; readonly address: Address; readonly custodian: number };

const bytes = (label: string, length: 20 | 32): `0x${string}` => `0x${createHash("sha256").update(label).digest("hex").slice(0, length * 2)}`;
const hospitals = 40;
const purpose = "TREAT";

export const syntheticStudy = (index: number): SyntheticStudy => ({
  id: studyId(bytes(`study ${index}`, 32)),
  address: address(bytes(`address ${index}`, 20)),
  custodian: 1 + (index % hospitals),
});

function* factsOfRequest(index: number, study: SyntheticStudy): Generator<LedgerFact> {
  const request = requestId(bytes(`request ${index}`, 32));
  const requester = memberId(1 + ((study.custodian + 1 + (index % (hospitals - 1))) % hospitals));
  const parties = { request, study: study.id, requester, custodian: memberId(study.custodian) };
  yield { kind: "AccessRequested", ...parties, patient: study.address, purpose, granted: true, reason: "none", emergency: false, dueBy: 1_900_000_000 };
  yield { kind: "KeyDelivered", ...parties, keyDigest: digest(bytes(`key ${index}`, 32)) };
  yield { kind: "AccessAcknowledged", ...parties, receipt: digest(bytes(`receipt ${index}`, 32)) };
  yield { kind: "CreditChanged", subject: parties.custodian, cause: "delivery", counterparty: requester, delta: 10, score: 500 + (index % 400) };
}

/** A chain of `events` events in blocks of 20: each study is registered once, then requested again and again by other hospitals in scattered order. */
export function* syntheticBatches(events: number, studies: number): Generator<LedgerBatch> {
  let [number, made, request] = [0, 0, 0];
  let pending: LedgerFact[] = [];
  while (made < events) {
    while (pending.length < 20) {
      const index = request < studies ? request : (request * 7919) % studies;
      const study = syntheticStudy(index);
      if (request < studies)
        pending.push({ kind: "StudyRegistered", study: study.id, custodian: memberId(study.custodian), patient: study.address, root: digest(bytes(`root ${index}`, 32)) });
      pending.push(...factsOfRequest(request, study));
      request += 1;
    }
    const facts = pending.slice(0, Math.min(20, events - made));
    pending = pending.slice(facts.length);
    number += 1;
    made += facts.length;
    const timestamp = 1_700_000_000 + number * 5;
    const transaction: Digest = digest(bytes(`tx ${number}`, 32));
    yield { block: { number, hash: digest(bytes(`block ${number}`, 32)), timestamp }, events: facts.map((fact, logIndex): LedgerEvent => ({ ...fact, block: number, timestamp, logIndex, transaction })) };
  }
}
