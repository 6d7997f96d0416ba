import { neverArrived } from "../../flows/availability.ts";
import { eraseStudy } from "../../flows/erase-study.ts";
import { enrolPatient } from "../../flows/enrol-patient.ts";
import { type HospitalContext, hospitalOf } from "../../flows/context.ts";
import { copyVerdict } from "../../flows/copy-verdict.ts";
import { sealStudy } from "../../flows/seal-study.ts";
import { withdrawStudy } from "../../flows/withdraw-study.ts";
import { fault } from "../../model/fault.ts";
import { isUid, type StudyId, type Uid } from "../../model/ids.ts";
import type { Principal } from "../../ports/accounts.ts";
import type { StudyRecord } from "../../ports/catalogue.ts";
import type { Call } from "../mount.ts";
import { jsonBody, parse } from "../server/json-body.ts";
import { demandOwn, heldTo } from "./ownership.ts";
import { answer, type ApiHandlers, type ApiParts } from "./parts.ts";
import { patientIn, patientOut, recorded, sealedStudy, studiesQuery, studyDetail, studyParam, eraseIn, withdrawIn } from "./schemas/work.ts";
import { studyList } from "./schemas/lists.ts";
import { chainStudy, consentOf, localStudy, progressOf, replicasOf } from "./views.ts";

type Key = "GET /api/studies" | "GET /api/studies/:study" | "POST /api/studies/:study/seal" | "POST /api/studies/:study/withdraw" | "POST /api/studies/:study/erase" | "POST /api/patients";

function recordOf(context: HospitalContext, reference: StudyId | Uid): StudyRecord | null {
  return isUid(reference) ? context.catalogue.studyByUid(reference) : context.catalogue.study(reference);
}

/** The id behind a path's study: itself, or the one the Study Instance UID has here. */
function idOf(context: HospitalContext, call: Call<Principal>): StudyId {
  const { study: reference } = parse(studyParam, call.request.params);
  if (!isUid(reference)) return reference;
  const record = context.catalogue.studyByUid(reference);
  if (record === null) throw fault("HTTP_STUDY_UNKNOWN", {});
  return record.study;
}

function offered(context: HospitalContext, who: Principal) {
  if (heldTo(context, who) !== null) return [];
  const at = Math.floor(context.clock.now() / 1000);
  return context.ledgerIndex
    .studies({ consentedTo: context.self.member, at })
    .filter((view) => view.custodian !== context.self.member && context.catalogue.study(view.id)?.state !== "held")
    .map(chainStudy);
}

/** Studies here and offered here, and what staff do with them. */
export function studyHandlers(parts: ApiParts): ApiHandlers<Key> {
  const { context: given } = parts;
  return {
    "GET /api/studies": ({ request, response, who }) => {
      const context = hospitalOf(given);
      const query = parse(studiesQuery, request.query);
      if (query.scope === "offered") {
        answer(response, studyList, { studies: offered(context, who).slice(0, query.limit) });
        return;
      }
      const own = heldTo(context, who);
      const filter = { ...(own === null ? {} : { keys: { patients: own } }), ...(query.state === undefined ? {} : { states: [query.state] }) };
      const records = own?.length === 0 ? [] : context.catalogue.studies(filter).filter((record) => !neverArrived(record));
      answer(response, studyList, { studies: records.slice(0, query.limit).map((record) => localStudy(who, record, copyVerdict(context, record) !== null)) });
    },
    "GET /api/studies/:study": ({ request, response, who }) => {
      const context = hospitalOf(given);
      const { study: reference } = parse(studyParam, request.params);
      const record = recordOf(context, reference);
      const view = isUid(reference) ? null : context.ledgerIndex.study(reference);
      if (record === null && view === null) throw fault("HTTP_STUDY_UNKNOWN", {});
      const id = record?.study ?? view?.id;
      if (id !== undefined) demandOwn(context, who, id);
      const base = record !== null ? localStudy(who, record, copyVerdict(context, record) !== null) : view !== null ? chainStudy(view) : null;
      if (base === null || id === undefined) throw fault("HTTP_STUDY_UNKNOWN", {});
      answer(response, studyDetail, {
        ...base,
        progress: progressOf(context.progress.get(id)),
        replicas: record === null ? [] : replicasOf(context, record),
        consents: context.ledgerIndex.consents(id).map(consentOf),
      });
    },
    "POST /api/studies/:study/seal": (call) => {
      const context = hospitalOf(given);
      const record = sealStudy(context, idOf(context, call));
      answer(call.response, sealedStudy, { study: record.study, state: record.state }, 202);
    },
    "POST /api/studies/:study/withdraw": async (call) => {
      const context = hospitalOf(given);
      const { reason } = await jsonBody(call.request, call.response, withdrawIn);
      answer(call.response, recorded, { receipt: await withdrawStudy(context, { study: idOf(context, call), reason }) });
    },
    "POST /api/studies/:study/erase": async (call) => {
      const context = hospitalOf(given);
      await jsonBody(call.request, call.response, eraseIn);
      answer(call.response, recorded, { receipt: await eraseStudy(context, { study: idOf(context, call) }) });
    },
    "POST /api/patients": async ({ request, response }) => {
      const patient = enrolPatient(hospitalOf(given), await jsonBody(request, response, patientIn));
      answer(response, patientOut, { enrolled: patient.xpub !== null, nextIndex: patient.nextIndex }, 201);
    },
  };
}
