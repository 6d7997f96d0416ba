import { fault } from "../model/fault.ts";
import type { MemberId, RequestId } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";

/**
 * Hands a requester the wrapped key of its request. Everything is checked again at this moment against the index: who asks (from the TLS
 * socket), that the request is delivered, that study and consent stand, that the index is fresh. Null while the key is not delivered yet.
 * Throws REQUEST_UNKNOWN, REQUEST_NOT_YOURS, REQUEST_NOT_DELIVERABLE, STUDY_WITHDRAWN, STUDY_CONSENT_REVOKED, STUDY_CONSENT_EXPIRED,
 * STUDY_EMERGENCY_ENDED, STUDY_ACCESS_NOT_JUSTIFIED, KEY_RELEASE_LOST, LEDGER_STALE.
 */
export function releaseKey(context: HospitalContext, input: { readonly requester: MemberId; readonly request: RequestId }): Uint8Array | null {
  const { request } = input;
  try {
    const key = checked(context, input);
    if (key !== null) {
      context.metrics.count("fiducial_keys_released_total", { outcome: "released" });
      context.log.info("key handed over", { request, requester: input.requester });
    }
    return key;
  } catch (error) {
    context.metrics.count("fiducial_keys_released_total", { outcome: "refused" });
    context.log.warn("key refused", { request, requester: input.requester }, error);
    throw error;
  }
}

function checked(context: HospitalContext, input: { readonly requester: MemberId; readonly request: RequestId }): Uint8Array | null {
  const { ledgerIndex, self, clock, settings, catalogue, watch } = context;
  const { request } = input;
  watch.demandFit();
  const view = ledgerIndex.request(request);
  if (view === null || view.custodian !== self.member) throw fault("REQUEST_UNKNOWN", { request });
  if (view.requester !== input.requester) throw fault("REQUEST_NOT_YOURS", { request });
  const member = ledgerIndex.member(view.requester);
  if (member === null || member.status !== "active" || member.kind !== "hospital") throw fault("REQUEST_NOT_YOURS", { request });
  if (view.state === "granted") return null;
  if (view.state !== "delivered" && view.state !== "acknowledged") throw fault("REQUEST_NOT_DELIVERABLE", { request, state: view.state });
  const { study } = view;
  if (ledgerIndex.study(study)?.status !== "active" || catalogue.study(study)?.state === "withdrawn") throw fault("STUDY_WITHDRAWN", { study });
  const now = clock.now();
  const at = Math.floor(now / 1000);
  if (view.emergency) {
    if (view.review === "notJustified") throw fault("STUDY_ACCESS_NOT_JUSTIFIED", { study });
    if (view.requestedAt * 1000 + settings.emergencyHoldMs <= now) throw fault("STUDY_EMERGENCY_ENDED", { study });
  } else if (ledgerIndex.consentFor(study, view.requester, view.purpose, at) === null) {
    const lapsed = ledgerIndex.consents(study).some((one) => (one.grantee === view.requester || one.grantee === 0) && one.expiry <= at);
    throw fault(lapsed ? "STUDY_CONSENT_EXPIRED" : "STUDY_CONSENT_REVOKED", { study });
  }
  const release = catalogue.release(request);
  if (release === null) throw fault("KEY_RELEASE_LOST", { request });
  return release.wrappedKey;
}
