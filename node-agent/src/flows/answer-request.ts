import { createHash } from "node:crypto";
import { readCertificate } from "../envelope/certificate.ts";
import { wrapSessionKey } from "../envelope/session-key.ts";
import { fault } from "../model/fault.ts";
import { type Digest, digest, type RequestId } from "../model/ids.ts";
import type { RequestView } from "../model/ledger-views.ts";
import type { Receipt } from "../ports/ledger.ts";
import type { HospitalContext } from "./context.ts";
import { whenIndexed } from "./when-indexed.ts";

/** SHA-256 of a wrapped key: what `deliver` records. */
export const keyDigestOf = (wrappedKey: Uint8Array): Digest => digest(`0x${createHash("sha256").update(wrappedKey).digest("hex")}`);

/** Whether a granted request may be answered by the index as it stands: an emergency always, all others while a consent covers their purpose. */
export function mayAnswer(context: HospitalContext, request: RequestView): boolean {
  const { catalogue, ledgerIndex, clock } = context;
  if (ledgerIndex.study(request.study)?.status !== "active") return false;
  // Withdrawn here while its registration was on the way: the chain hears of it next.
  if (catalogue.study(request.study)?.state === "withdrawn") return false;
  const member = ledgerIndex.member(request.requester);
  if (member === null || member.status !== "active") return false;
  return request.emergency || ledgerIndex.consentFor(request.study, request.requester, request.purpose, Math.floor(clock.now() / 1000)) !== null;
}

/** The wrapped key for a request: made once and kept, so that the digest on chain stays that of the key handed over. */
async function releaseFor(context: HospitalContext, request: RequestView): Promise<Uint8Array> {
  const { catalogue, peers, ledgerIndex, sessionKeys } = context;
  const made = catalogue.release(request.id);
  if (made !== null) return made.wrappedKey;
  const study = catalogue.study(request.study);
  if (study === null) throw fault("STUDY_UNKNOWN", { study: request.study });
  const certificate = await readCertificate(await peers.certificate(request.requester));
  const registered = ledgerIndex.member(request.requester)?.profile.openpgpSha256;
  // The adapter has compared it as well; a key wrapped for the wrong certificate could not be called back.
  if (certificate.digest !== registered) throw fault("ENVELOPE_CERTIFICATE_UNFIT", { why: "it is not the one registered on chain" });
  const wrappedKey = await wrapSessionKey(await sessionKeys.of(study), certificate);
  catalogue.putRelease({ request: request.id, study: request.study, requester: request.requester, wrappedKey });
  return wrappedKey;
}

/**
 * Answers a granted request for a study of ours: wraps the study's key for the requester's registered certificate, keeps it, and records its
 * digest on chain. Everything is checked against the index at this moment; null when the request may not or need not be answered any more.
 * Safe to repeat. Throws LEDGER_REVERTED (consent lapsed meanwhile), PEER_UNREACHABLE, LEDGER_STALE.
 */
export async function answerRequest(context: HospitalContext, id: RequestId): Promise<Receipt | null> {
  context.watch.demandFit();
  const request = context.ledgerIndex.request(id);
  if (request === null || request.state !== "granted" || request.custodian !== context.self.member || !mayAnswer(context, request)) return null;
  const started = context.clock.now();
  const wrappedKey = await releaseFor(context, request);
  const receipt = await context.writer.submit(`deliver:${id}`, { kind: "deliverKey", request: id, keyDigest: keyDigestOf(wrappedKey) }, context.signal);
  // Until the index says so too, the request would look unanswered and be answered again and again.
  await whenIndexed(context, receipt.block);
  context.metrics.observe("fiducial_flow_seconds", { flow: "answerRequest" }, (context.clock.now() - started) / 1000);
  context.log.info("key delivered", { request: id, study: request.study, requester: request.requester, emergency: request.emergency });
  return receipt;
}
