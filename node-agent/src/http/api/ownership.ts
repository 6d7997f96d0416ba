import type { FlowContext } from "../../flows/context.ts";
import { fault } from "../../model/fault.ts";
import type { Address, StudyId } from "../../model/ids.ts";
import type { Principal } from "../../ports/accounts.ts";
import type { HistoryQuery } from "../../ports/ledger-index.ts";
import { ownAddresses } from "../dicomweb/access.ts";

/** The addresses an account is held to, or null when its roles let it see everybody's records (clinician, auditor). */
export function heldTo(context: FlowContext, who: Principal): readonly Address[] | null {
  if (who.roles.includes("clinician") || who.roles.includes("auditor")) return null;
  return context.role === "hospital" ? ownAddresses(context, who) : [];
}

const page = 1000;

/** Throws HTTP_FOREIGN_PATIENT when a patient account asks for a credit account that no consent to its own studies has ever named. */
export function demandOwnCredit(context: FlowContext, who: Principal, account: Address): void {
  const own = heldTo(context, who);
  if (own === null || own.includes(account)) return;
  if (own.length === 0) throw fault("HTTP_FOREIGN_PATIENT", {});
  let before: HistoryQuery["before"];
  do {
    const { events, next } = context.ledgerIndex.history({ patients: own, kinds: ["ConsentGranted"], limit: page, ...(before === undefined ? {} : { before }) });
    if (events.some((event) => event.kind === "ConsentGranted" && event.creditAccount === account)) return;
    before = next ?? undefined;
  } while (before !== undefined);
  throw fault("HTTP_FOREIGN_PATIENT", {});
}

/** Throws HTTP_FOREIGN_PATIENT when a patient account asks about a study that is not its own, an unknown one included. */
export function demandOwn(context: FlowContext, who: Principal, study: StudyId): void {
  const own = heldTo(context, who);
  if (own === null) return;
  const patient = context.ledgerIndex.study(study)?.patient ?? (context.role === "hospital" ? context.catalogue.study(study)?.patient : null);
  if (patient === null || patient === undefined || !own.includes(patient)) throw fault("HTTP_FOREIGN_PATIENT", {});
}
