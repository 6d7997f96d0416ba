import { readFileSync } from "node:fs";
import test from "ava";
import dicomParser from "dicom-parser";
import { readPart10 } from "../../../node-agent/src/dicom/part10.ts";
import { Fault } from "../../../node-agent/src/model/fault.ts";
import { sampleFiles } from "../../../scripts/samples.ts";
import { skipLoudly } from "../../support/skip.ts";
import { pydicomFiles } from "./corpora.ts";

test("every sample file published on npm is read, with the elements dicom-parser finds", (t) => {
  const samples = sampleFiles();
  t.is(samples.length, 13);
  for (const { path, name } of samples) {
    const bytes = readFileSync(path);
    const theirs = dicomParser.parseDicom(bytes);
    const tags = Object.keys(theirs.elements)
      .filter((tag) => !tag.startsWith("x0002"))
      .map((tag) => tag.slice(1).toUpperCase());
    const ours = readPart10(bytes);
    t.deepEqual([...ours.dataset.elements.keys()], tags, name);
    t.is(ours.identifiers.sopInstance as string, theirs.string("x00080018") ?? "", name);
    t.is(ours.transferSyntax, theirs.string("x00020010") ?? "", name);
  }
});

/** What is refused of pydicom 2.3.1's files, and why; all others must be accepted. */
const refused: Readonly<Record<string, string>> = {
  "ExplVR_BigEndNoMeta.dcm": "DICOM_NOT_PART10",
  "ExplVR_LitEndNoMeta.dcm": "DICOM_NO_PREAMBLE",
  "MR_truncated.dcm": "DICOM_TRUNCATED",
  "UN_sequence.dcm": "DICOM_MISSING_UID",
  "chrSQEncoding.dcm": "DICOM_MISSING_UID",
  "chrSQEncoding1.dcm": "DICOM_MISSING_UID",
  "empty_charset_LEI.dcm": "DICOM_MISSING_UID",
  "meta_missing_tsyntax.dcm": "DICOM_NO_TRANSFER_SYNTAX",
  "nested_priv_SQ.dcm": "DICOM_MALFORMED",
  "no_meta.dcm": "DICOM_NOT_PART10",
  "no_meta_group_length.dcm": "DICOM_MISSING_UID",
  "priv_SQ.dcm": "DICOM_MISSING_UID",
  "rtplan_truncated.dcm": "DICOM_TRUNCATED",
  "rtstruct.dcm": "DICOM_NO_PREAMBLE",
  DICOMDIR: "DICOM_MISSING_UID",
  "DICOMDIR-bigEnd": "DICOM_MISSING_UID",
  "DICOMDIR-empty.dcm": "DICOM_MISSING_UID",
  "DICOMDIR-implicit": "DICOM_MISSING_UID",
  "DICOMDIR-nooffset": "DICOM_MALFORMED",
  "DICOMDIR-nopatient": "DICOM_MISSING_UID",
  "DICOMDIR-reordered": "DICOM_MISSING_UID",
};

test("each of pydicom's files gets its verdict", (t) => {
  const files = pydicomFiles("test_files", "charset_files");
  if (files === null) return skipLoudly(t, "python3-pydicom's test files");
  let accepted = 0;
  for (const { name, bytes } of files) {
    try {
      readPart10(bytes);
      accepted++;
      t.is(refused[name], undefined, name);
    } catch (error) {
      t.is(error instanceof Fault ? error.code : String(error), refused[name] ?? "(accepted)", name);
    }
  }
  t.log(`${accepted} of ${files.length} accepted`);
  t.true(accepted >= 100, "as many as the peer takes");
});
