import { fault } from "../model/fault.ts";
import { isUid, type Uid } from "../model/ids.ts";
import type { Dataset } from "./element.ts";

/** The four UIDs every instance must have. */
export type Identifiers = { readonly sopClass: Uid; readonly sopInstance: Uid; readonly study: Uid; readonly series: Uid };

const sources = {
  sopClass: ["00080016", "SOPClassUID"],
  sopInstance: ["00080018", "SOPInstanceUID"],
  study: ["0020000D", "StudyInstanceUID"],
  series: ["0020000E", "SeriesInstanceUID"],
} as const;

function uidText(dataset: Dataset, header: Buffer, tag: string): string {
  const element = dataset.elements.get(tag);
  if (element === undefined || element.at === null || element.at + element.value.length > header.length) return "";
  return header.toString("latin1", element.at, element.at + element.value.length).replace(/[\0 ]+$/u, "");
}

/** Throws DICOM_MISSING_UID or DICOM_INVALID_UID for the first of the four that is not as it must be (PS3.5 section 9). */
export function readIdentifiers(dataset: Dataset, header: Buffer): Identifiers {
  const read = (key: keyof typeof sources): Uid => {
    const [tag, attribute] = sources[key];
    const text = uidText(dataset, header, tag);
    if (text === "") throw fault("DICOM_MISSING_UID", { attribute });
    if (!isUid(text)) throw fault("DICOM_INVALID_UID", { attribute });
    return text;
  };
  return { sopClass: read("sopClass"), sopInstance: read("sopInstance"), study: read("study"), series: read("series") };
}

/** Those of the four that can be read and are UIDs: what a report about a refused instance can name. Throws nothing. */
export function partialIdentifiers(dataset: Dataset, header: Buffer): Partial<Identifiers> {
  const found: { -readonly [Key in keyof Identifiers]?: Uid } = {};
  for (const key of ["sopClass", "sopInstance", "study", "series"] as const) {
    const text = uidText(dataset, header, sources[key][0]);
    if (isUid(text)) found[key] = text;
  }
  return found;
}
