import type { ErrorCode } from "../model/catalogue.ts";
import type { Identifiers } from "./identifiers.ts";
import type { DicomJson, JsonElement } from "./json.ts";

/** Failure reasons (0008,1197) of PS3.18 table I.2-2, and 45070, the one other servers use for "exists already with other content". */
export const failureReasons = {
  processing: 0x0110,
  refused: 0x0124,
  outOfResources: 0xa700,
  otherStudy: 0xa901,
  otherContent: 45_070,
  cannotUnderstand: 0xc000,
  transferSyntax: 0xc122,
} as const;

/** The outcome for one part of a store request. Whatever UIDs could be read are named. */
export type StoreOutcome = {
  readonly identifiers: Partial<Identifiers>;
  /** Absent when stored. */
  readonly failure?: number;
  /** Address of the stored instance. */
  readonly retrieveUrl?: string;
};

const tooLarge: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "DICOM_HEADER_TOO_LARGE",
  "DICOM_TOO_MANY_ELEMENTS",
  "DICOM_INFLATED_TOO_LARGE",
]);

/** The failure reason that stands for a fault raised while an instance was read. */
export function failureReasonOf(code: ErrorCode): number {
  if (code === "DICOM_UNKNOWN_TRANSFER_SYNTAX") return failureReasons.transferSyntax;
  if (tooLarge.has(code)) return failureReasons.outOfResources;
  return code.startsWith("DICOM_") ? failureReasons.cannotUnderstand : failureReasons.processing;
}

const one = (vr: string, value: string | number | undefined): JsonElement => (value === undefined ? { vr } : { vr, Value: [value] });

function itemOf(outcome: StoreOutcome): DicomJson {
  return {
    "00081150": one("UI", outcome.identifiers.sopClass),
    "00081155": one("UI", outcome.identifiers.sopInstance),
    ...(outcome.retrieveUrl === undefined ? {} : { "00081190": one("UR", outcome.retrieveUrl) }),
    ...(outcome.failure === undefined ? {} : { "00081197": one("US", outcome.failure) }),
  };
}

/**
 * The store instances response (PS3.18 section 10.5.3 and annex I) in DICOM JSON, with the HTTP status: 200 all stored, 202 some, 409 none of those that
 * were at least instances, 400 nothing in the body could be read as an instance. `studyUrl` is RetrieveURL of the study, given when anything was stored.
 */
export function storeResponse(outcomes: readonly StoreOutcome[], studyUrl?: string): { status: 200 | 202 | 400 | 409; body: DicomJson } {
  const stored = outcomes.filter((outcome) => outcome.failure === undefined);
  const failed = outcomes.filter((outcome) => outcome.failure !== undefined);
  // A failed item must name its instance; a part so broken that no UID can be read only shows in the status.
  const reported = failed.filter((outcome) => outcome.identifiers.sopInstance !== undefined);
  const body: DicomJson = {
    ...(studyUrl === undefined || stored.length === 0 ? {} : { "00081190": one("UR", studyUrl) }),
    ...(reported.length === 0 ? {} : { "00081198": { vr: "SQ", Value: reported.map(itemOf) } }),
    ...(stored.length === 0 ? {} : { "00081199": { vr: "SQ", Value: stored.map(itemOf) } }),
  };
  if (failed.length === 0 && stored.length > 0) return { status: 200, body };
  if (stored.length > 0) return { status: 202, body };
  const unreadable = failed.every(
    (outcome) => outcome.failure === failureReasons.cannotUnderstand || outcome.failure === failureReasons.transferSyntax,
  );
  return { status: unreadable ? 400 : 409, body };
}
