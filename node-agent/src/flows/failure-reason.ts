import type { ErrorCode } from "../model/catalogue.ts";

const processingFailure = 0x0110;
const outOfResources = 0xa700;
const doesNotMatch = 0xa901;
const cannotUnderstand = 0xc000;
const transferSyntaxNotSupported = 0xc122;
const alreadyExists = 0xb00e;

const reasons: Partial<Record<ErrorCode, number>> = {
  INSTANCE_OTHER_STUDY: doesNotMatch,
  INSTANCE_CONFLICT: alreadyExists,
  STUDY_FOREIGN: doesNotMatch,
  STUDY_WITHDRAWN: doesNotMatch,
  INSTANCE_TOO_LARGE: outOfResources,
  ENVELOPE_TOO_LARGE: outOfResources,
  DICOM_HEADER_TOO_LARGE: outOfResources,
  DICOM_INFLATED_TOO_LARGE: outOfResources,
  DICOM_UNKNOWN_TRANSFER_SYNTAX: transferSyntaxNotSupported,
};

/** FailureReason (0008,1197) for a refused instance: PS3.18 I.2.2, and 45070 for "already exists with other content". */
export const failureReason = (code: ErrorCode): number => reasons[code] ?? (code.startsWith("DICOM_") ? cannotUnderstand : processingFailure);
