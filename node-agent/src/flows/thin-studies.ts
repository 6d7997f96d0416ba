import type { MemberId, StudyId } from "../model/ids.ts";
import type { ClusterStore, HospitalContext } from "./context.ts";
import type { ThinStudy } from "./pin-watch.ts";
import { wantedInstitutions } from "./place-in-cluster.ts";

/**
 * Own registered studies that fewer institutions keep than wanted, as far as this agent knows: the notes of the last placing, without the members whose Kubo
 * gives no sign now. Reads a row for each copy: not for every question.
 */
export function thinStudies(context: HospitalContext, silent: ReadonlySet<MemberId>): ThinStudy[] {
  const { catalogue, self } = context;
  const want = wantedInstitutions(context);
  const holders = new Map<StudyId, Set<MemberId>>();
  for (const { study, holder, root } of catalogue.pins({ owner: self.member })) {
    if (holder === self.member || silent.has(holder) || catalogue.study(study)?.root !== root) continue;
    holders.set(study, (holders.get(study) ?? new Set()).add(holder));
  }
  return catalogue
    .studies({ states: ["registered"], role: "custodian" })
    .map(({ study }) => ({ study, have: 1 + (holders.get(study)?.size ?? 0), want }))
    .filter(({ have }) => have < want);
}

/** Registered studies with too few copies, and those that wait for their first ones. */
export function waitingStudies(context: HospitalContext, { watch }: ClusterStore): ThinStudy[] {
  const want = wantedInstitutions(context);
  const found = new Map(watch.view().thin.map((one) => [one.study, one]));
  for (const { key, code } of context.attempts.failures("shareStudy")) {
    const study = context.catalogue.study(key as StudyId);
    if (code === "REPLICAS_UNREACHABLE" && study !== null && !found.has(study.study)) found.set(study.study, { study: study.study, have: 1, want });
  }
  return [...found.values()];
}
