import type { RequestId, StudyId } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";
import { copyVerdict } from "./copy-verdict.ts";
import { hasPlaced } from "./enrolment-register.ts";
import { heldBack } from "./fetch-control.ts";

/** A study that is not here, and the code and sentence of what stood in the way last; null before the first attempt has ended. */
export type Missing = { readonly study: StudyId; readonly code: string | null; readonly why: string | null };

/** What should be here by the chain's word and whether it is: empty `missing` means that a recovery is complete. */
export type RecoveryReport = {
  readonly complete: boolean;
  readonly ownStudies: { readonly onChain: number; readonly here: number; readonly missing: readonly StudyId[] };
  readonly copies: { readonly granted: number; readonly here: number; readonly missing: readonly StudyId[] };
  /** Withdrawn studies of ours: kept here where their blocks could be had, which nobody owes us any more. */
  readonly withdrawn: { readonly onChain: number; readonly here: number };
  readonly patients: number;
  /** Whether every member has been asked for the register of enrolled wallets that it may keep for us. */
  readonly enrolmentsAsked: boolean;
  /** Why each missing study is missing. */
  readonly reasons: readonly Missing[];
};

type Wanted = { readonly study: StudyId; readonly flow: "recoverStudy" | "fetchStudy"; readonly key: StudyId | RequestId };

function reasonOf(context: HospitalContext, { study, flow, key }: Wanted): Missing {
  const failed = context.attempts.failures(flow).find((row) => row.key === key);
  return { study, code: failed?.code ?? null, why: failed?.message ?? null };
}

/** Compares what the chain says should be here with what is: own studies, and copies under consents that stand and that nobody here gave up. */
export function recoveryReport(context: HospitalContext): RecoveryReport {
  const { ledgerIndex, catalogue, self } = context;
  const all = ledgerIndex.studies({ custodian: self.member });
  const own = all.filter((view) => view.status === "active");
  const withdrawn = all.filter((view) => view.status === "withdrawn");
  const ownMissing = own.filter((view) => catalogue.study(view.id) === null).map((view) => view.id);
  const enrolmentsAsked = context.settings.replicas < 2 || context.enrolments.recovered || hasPlaced(context);
  const back = heldBack(context);
  const requests = ledgerIndex.requests({ requester: self.member, states: ["delivered", "acknowledged"] }).filter((request) => !back.has(request.id));
  const byStudy = new Map(requests.map((request) => [request.study, request.id]));
  const granted = [...byStudy.keys()].filter((study) => copyVerdict(context, { study, role: "holder" }) === null);
  const missing = granted.filter((study) => catalogue.study(study)?.state !== "held");
  const failed = [
    ...ownMissing.map((study): Wanted => ({ study, flow: "recoverStudy", key: study })),
    ...missing.map((study): Wanted => ({ study, flow: "fetchStudy", key: byStudy.get(study) ?? study })),
  ];
  return {
    complete: enrolmentsAsked && ownMissing.length === 0 && missing.length === 0 && context.watch.unfit() === null,
    ownStudies: { onChain: own.length, here: own.length - ownMissing.length, missing: ownMissing },
    copies: { granted: granted.length, here: granted.length - missing.length, missing },
    withdrawn: { onChain: withdrawn.length, here: withdrawn.filter((view) => catalogue.study(view.id) !== null).length },
    enrolmentsAsked,
    patients: catalogue.patients().length,
    reasons: failed.map((one) => reasonOf(context, one)),
  };
}
