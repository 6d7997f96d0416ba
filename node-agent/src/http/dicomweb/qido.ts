import type { Response } from "express";
import { type InstanceAttributes, instanceRow, type Level, type Row, seriesRow, textOf } from "../../dicom/attributes.ts";
import type { DicomJson } from "../../dicom/json.ts";
import { requireDicomJson } from "../../dicom/media.ts";
import { parseQuery, type Query } from "../../dicom/query.ts";
import { matches, project } from "../../dicom/search.ts";
import type { HospitalContext } from "../../flows/context.ts";
import { isUid, type Uid } from "../../model/ids.ts";
import type { Principal } from "../../ports/accounts.ts";
import type { ExactKeys, InstanceRecord, StudyRecord } from "../../ports/catalogue.ts";
import type { Call } from "../mount.ts";
import { isPatientOnly, type StudyAccess } from "./access.ts";
import { dicomwebBase, queryOf, uidParam } from "./address.ts";

/** Results one answer holds at most; more is told by a Warning header, so that nobody takes a part for the whole. */
const mostResults = 5_000;
/** Bare: DICOM JSON is UTF-8 by definition, and clients compare the whole header. */
const dicomJsonType = "application/dicom+json";

/** The index stores attributes as DICOM JSON; its port only says less about them. */
const jsonOf = (attributes: StudyRecord["attributes"]): DicomJson => attributes as DicomJson;

/** Studies of instances named by UID, found by keyed hash: nobody's image is looked for by opening everybody's. */
function studiesOf({ catalogue }: HospitalContext, instances: readonly string[]): Uid[] {
  const ids = new Set(instances.filter(isUid).flatMap((uid) => catalogue.instanceByUid(uid)?.study ?? []));
  return [...ids].flatMap((id) => catalogue.study(id)?.uid ?? []);
}

function candidates(context: HospitalContext, who: Principal, query: Query): StudyRecord[] {
  const { patientId, accessionNumber, instances } = query.restriction;
  const studies = query.restriction.studies ?? (instances === undefined ? undefined : studiesOf(context, instances));
  const keys: ExactKeys = {
    ...(patientId === undefined ? {} : { patientId }),
    ...(accessionNumber === undefined ? {} : { accessionNumber }),
    ...(isPatientOnly(who) ? { patients: who.patient === null ? [] : context.catalogue.patientAddresses(who.patient.patientId, who.patient.issuer) } : {}),
  };
  if (keys.patients?.length === 0) return [];
  if (studies === undefined) return context.catalogue.studies({ keys });
  return studies.filter(isUid).flatMap((studyUid) => context.catalogue.studies({ keys: { ...keys, studyUid } }));
}

function bySeries(records: readonly InstanceRecord[]): Map<string, InstanceRecord[]> {
  const groups = new Map<string, InstanceRecord[]>();
  for (const record of records) {
    const group = groups.get(record.series);
    if (group === undefined) groups.set(record.series, [record]);
    else group.push(record);
  }
  return groups;
}

/** Instance Availability (0008,0056; PS3.3 C.4.23.1.1): what is whole here is ONLINE, what is still arriving will be. */
const availability = (value: "ONLINE" | "NEARLINE"): DicomJson => ({ "00080056": { vr: "CS", Value: [value] } });
const [here, notYet] = [availability("ONLINE"), availability("NEARLINE")];

/** The row of a series of a study that is still arriving: how many instances it will have, and whether they are here. */
function arrivingSeries({ arrivals }: HospitalContext, { study }: StudyRecord, series: string, row: Row): Row {
  const count = arrivals.count(study, series as Uid);
  return { ...row, ...(arrivals.isWhole(study, series as Uid) ? here : notYet), ...(count === null ? {} : { "00201209": { vr: "IS", Value: [count.want] } }) };
}

type Found = { readonly row: Row; readonly path: string };

/** Rows of the query's level below one study, made only as far as they are asked for. */
function* rowsOf(context: HospitalContext, study: StudyRecord, query: Query): Generator<Found> {
  const arriving = study.state === "fetching";
  const studyJson: DicomJson = { ...jsonOf(study.attributes), ...(arriving ? notYet : {}) };
  const studyPath = `/studies/${study.uid}`;
  if (query.level === "study") {
    yield { row: studyJson, path: studyPath };
    return;
  }
  const { series: wanted } = query.restriction;
  for (const [series, records] of bySeries(context.catalogue.instances(study.study))) {
    if (wanted !== undefined && !wanted.includes(series)) continue;
    const attributes: InstanceAttributes[] = records.map((record) => jsonOf(record.attributes));
    const row = arriving ? arrivingSeries(context, study, series, seriesRow(studyJson, attributes)) : seriesRow(studyJson, attributes);
    const path = `${studyPath}/series/${series}`;
    if (query.level === "series") yield { row, path };
    else for (const instance of attributes) yield { row: instanceRow({ ...row, ...(arriving ? here : {}) }, instance), path: `${path}/instances/${textOf(instance, "00080018")}` };
  }
}

/** Answers a QIDO-RS search (PS3.18 section 10.6): 200 with a JSON array, empty when nothing matches. */
export function createSearch(context: HospitalContext, access: StudyAccess, publicUrl: string | null) {
  return (level: Level, scoped: readonly ("study" | "series")[]) =>
    ({ request, response, who }: Call<Principal>): void => {
      requireDicomJson(request.headers.accept);
      const scope: { study?: Uid; series?: Uid } = {};
      for (const name of scoped) scope[name] = uidParam(request, name);
      const query = parseQuery(level, queryOf(request), scope);
      // An unknown study has no series: an empty list. A study that may not be read, or is gone, is said to be so.
      const named = scope.study;
      if (named !== undefined && context.catalogue.studyByUid(named) !== null) access.read(who, named);
      const base = dicomwebBase(request, publicUrl);
      const most = Math.min(query.limit ?? mostResults, mostResults);
      const found: DicomJson[] = [];
      let skip = query.offset;
      let more = false;
      let arriving = false;
      search: for (const study of candidates(context, who, query)) {
        if (!access.shows(who, study)) continue;
        for (const { row, path } of rowsOf(context, study, query)) {
          if (!matches(query, row)) continue;
          if (skip > 0) {
            skip -= 1;
            continue;
          }
          if (found.length === most) {
            more = true;
            break search;
          }
          arriving ||= study.state === "fetching";
          found.push(project(query, row, `${base}${path}`));
        }
      }
      if (more) warn(response, "more results are available; ask on with offset");
      if (arriving) warn(response, "a study of this answer is still arriving (Instance Availability NEARLINE); ask again for the rest of it");
      response.set({ "Content-Type": dicomJsonType, "Cache-Control": "no-store" }).end(JSON.stringify(found));
    };
}

function warn(response: Response, text: string): void {
  response.append("Warning", `299 fiducial "${text}"`);
}
