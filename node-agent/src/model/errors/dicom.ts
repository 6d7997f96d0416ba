import { entry } from "./entry.ts";

const resend = "Export the instance again from its source (PACS or modality) and send it once more.";

export const dicomErrors = {
  DICOM_NOT_PART10: entry<{ bytes: number }>({
    status: 400,
    title: "Not a DICOM file",
    message: (d) => `${d.bytes} bytes are not a DICOM Part 10 file: no DICM prefix at offset 128`,
    hint: "Send files as written by the modality or PACS (PS3.10), each with its preamble and file meta information.",
  }),
  DICOM_NO_PREAMBLE: entry({
    status: 400,
    title: "DICOM without preamble",
    message: () => `the bytes look like DICOM but the 128-byte preamble and the DICM prefix are missing`,
    hint: "Let the sending system write Part 10 files (PS3.10 section 7.1), or convert them, for example with dcmconv.",
  }),
  DICOM_NO_META: entry({
    status: 400,
    title: "No file meta information",
    message: () => `after the DICM prefix no explicit little endian group 0002 follows`,
    hint: "Convert the file so that it carries file meta information (PS3.10 section 7.1), for example with dcmconv.",
  }),
  DICOM_NO_TRANSFER_SYNTAX: entry({
    status: 400,
    title: "No transfer syntax",
    message: () => `the file meta information has no TransferSyntaxUID (0002,0010)`,
    hint: "Convert the file so that its meta information is complete (PS3.10 section 7.1), for example with dcmconv.",
  }),
  DICOM_UNKNOWN_TRANSFER_SYNTAX: entry<{ transferSyntax: string }>({
    status: 400,
    title: "Unknown transfer syntax",
    message: (d) => `transfer syntax ${d.transferSyntax} is not in PS3.6 annex A, so the data set cannot be read`,
    hint: "Let the sending system convert to a standard transfer syntax; docs/conformance.md lists those that pass through untouched.",
  }),
  DICOM_TRUNCATED: entry<{ bytes: number; missing: number | null }>({
    status: 400,
    title: "Truncated DICOM file",
    message: (d) =>
      `the file ends after ${d.bytes} bytes inside an element${d.missing === null ? "" : `; at least ${d.missing} bytes are missing`}`,
    hint: resend,
  }),
  DICOM_MALFORMED: entry<{ offset: number; reason: string }>({
    status: 400,
    title: "Malformed DICOM data set",
    message: (d) => `at byte ${d.offset} of the data set: ${d.reason}`,
    hint: `Check the file with dciodvfy or dcmdump. ${resend}`,
  }),
  DICOM_TOO_DEEP: entry<{ limit: number }>({
    status: 400,
    title: "Sequences nested too deeply",
    message: (d) => `sequences are nested more than ${d.limit} deep`,
    hint: "No clinical object nests like this; check where the file comes from.",
  }),
  DICOM_HEADER_TOO_LARGE: entry<{ limit: number }>({
    status: 413,
    title: "Too much besides the pixels",
    message: (d) => `the elements other than bulk data take more than ${d.limit} bytes`,
    hint: "Check where the file comes from; docs/conformance.md names the limits, which are fixed.",
  }),
  DICOM_TOO_MANY_ELEMENTS: entry<{ limit: number }>({
    status: 413,
    title: "Too many elements",
    message: (d) => `the data set has more than ${d.limit} elements, items and fragments`,
    hint: "Check where the file comes from; docs/conformance.md names the limits, which are fixed.",
  }),
  DICOM_DEFLATE: entry({
    status: 400,
    title: "Deflated data set does not inflate",
    message: () => `the deflated data set (PS3.5 section A.5) is damaged or ends early`,
    hint: resend,
  }),
  DICOM_INFLATED_TOO_LARGE: entry<{ limit: number }>({
    status: 413,
    title: "Deflated data set inflates too far",
    message: (d) => `the deflated data set inflates to more than ${d.limit} bytes`,
    hint: "Send the instance uncompressed or with a pixel codec instead of deflate.",
  }),
  DICOM_MISSING_UID: entry<{ attribute: string }>({
    status: 400,
    title: "Identifier missing",
    message: (d) => `${d.attribute} is missing or empty`,
    hint: "Every instance needs SOPClassUID, SOPInstanceUID, StudyInstanceUID and SeriesInstanceUID; correct it at the source.",
  }),
  DICOM_INVALID_UID: entry<{ attribute: string }>({
    status: 400,
    title: "Identifier is not a UID",
    message: (d) => `${d.attribute} is not a UID of digits and dots, 64 characters at most (PS3.5 section 9)`,
    hint: "Correct it at the source and send the instance again.",
  }),
  DICOM_NO_PIXEL_DATA: entry({
    status: 404,
    title: "No pixel data",
    message: () => `the instance has no pixel data, so it has no frames`,
    hint: "Retrieve the whole instance instead of its frames.",
  }),
  DICOM_BAD_FRAME_LIST: entry({
    status: 400,
    title: "Bad frame list",
    message: () => `the frame list is not a comma-separated list of numbers from 1 up`,
    hint: "Ask for frames/1 or frames/1,2,3 (PS3.18 section 10.4); the first frame is 1.",
  }),
  DICOM_FRAME_NOT_FOUND: entry<{ frame: number; frames: number }>({
    status: 404,
    title: "No such frame",
    message: (d) => `frame ${d.frame} does not exist: the instance has ${d.frames}`,
    hint: "NumberOfFrames in the instance's metadata tells how many there are.",
  }),
  DICOM_FRAMES_UNLOCATABLE: entry<{ reason: string }>({
    status: 406,
    title: "Frames cannot be told apart",
    message: (d) => `the frames of this instance cannot be located: ${d.reason}`,
    hint: "Retrieve the whole instance; its bytes are served exactly as received.",
  }),
  DICOM_QUERY_UNKNOWN_KEY: entry<{ key: string }>({
    status: 400,
    title: "Unknown query key",
    message: (d) => `${d.key} is neither a DICOM keyword, nor a tag GGGGEEEE, nor a QIDO-RS parameter`,
    hint: "Correct the key: nothing is searched rather than everything listed (PS3.18 section 8.3.4).",
  }),
  DICOM_QUERY_UNSUPPORTED_KEY: entry<{ key: string; level: string }>({
    status: 400,
    title: "Query key not searchable",
    message: (d) => `${d.key} cannot be searched at ${d.level} level`,
    hint: "docs/conformance.md lists the keys of each level; at study level use ModalitiesInStudy instead of Modality.",
  }),
  DICOM_QUERY_BAD_VALUE: entry<{ key: string; vr: string }>({
    status: 400,
    title: "Bad query value",
    message: (d) => `the value given for ${d.key} is not a valid ${d.vr} to match (PS3.4 section C.2.2.2)`,
    hint: "Dates are YYYYMMDD or a range A-B, -B, A-; UIDs are digits and dots, several separated by commas; wildcards are * and ?.",
  }),
  DICOM_QUERY_BAD_PARAMETER: entry<{ parameter: string }>({
    status: 400,
    title: "Bad query parameter",
    message: (d) => `the value of ${d.parameter} is not valid`,
    hint: "limit and offset are whole numbers from 0 up, fuzzymatching is true or false, includefield is a keyword, a tag or all.",
  }),
  DICOM_NOT_ACCEPTABLE: entry<{ offered: string }>({
    status: 406,
    title: "Not acceptable",
    message: (d) => `nothing in the Accept header can be served; offered here: ${d.offered}`,
    hint: "Instances and frames are served in their stored transfer syntax: ask with transfer-syntax=* or without one.",
  }),
  DICOM_UNSUPPORTED_MEDIA: entry({
    status: 415,
    title: "Unsupported media type",
    message: () => `the body is neither multipart/related of application/dicom with a boundary nor application/dicom`,
    hint: 'Send Content-Type: multipart/related; type="application/dicom"; boundary=... (PS3.18 section 10.5).',
  }),
} as const;
