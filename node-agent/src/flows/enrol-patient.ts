import { fault } from "../model/fault.ts";
import type { Patient } from "../ports/catalogue.ts";
import { addressAt } from "../wallet/account.ts";
import type { HospitalContext } from "./context.ts";

export type EnrolInput = { readonly patientId: string; readonly issuer: string; readonly xpub: string };

/**
 * Records the extended public key a patient's wallet made for this hospital: studies that arrive from now on get addresses only that
 * wallet can sign for. Repeating it with the same key changes nothing. Throws WALLET_BAD_ACCOUNT for a key that is none, PATIENT_ENROLLED for another key.
 */
export function enrolPatient(context: HospitalContext, input: EnrolInput): Patient {
  const { catalogue } = context;
  // Derives once so that a malformed key is refused now and not when the first study arrives.
  addressAt(input.xpub, 0);
  return catalogue.transaction(() => {
    const known = catalogue.patient(input.patientId, input.issuer);
    if (known?.xpub === input.xpub) return known;
    if (known !== null && known.xpub !== null) throw fault("PATIENT_ENROLLED", {});
    const patient: Patient = { patientId: input.patientId, issuer: input.issuer, xpub: input.xpub, nextIndex: known?.nextIndex ?? 0 };
    catalogue.putPatient(patient);
    return patient;
  });
}
