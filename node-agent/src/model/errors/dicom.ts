import { entry } from "./entry.ts";

export const dicomErrors = {
  DICOM_NOT_PART10: entry<{ bytes: number }>({
    status: 400,
    title: "Not a DICOM file",
    message: (d) => `${d.bytes} bytes are not a DICOM Part 10 file: no DICM prefix at offset 128`,
    hint: "Send files as written by the modality or PACS (PS3.10), each with its preamble and file meta information.",
  }),
} as const;
