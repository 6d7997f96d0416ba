import { fault } from "../model/fault.ts";

/** A media type with its parameters, names in lower case, quotes removed. */
export type MediaType = { readonly type: string; readonly parameters: ReadonlyMap<string, string> };

const token = "[!#$%&'*+.^_`|~\\w-]+";
/** A list of media ranges cut at commas that are not inside quotes. */
const listItem = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/gu;
const parameter = new RegExp(`;\\s*(?:(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;"\\s]*)))?\\s*`, "guy");
const essence = new RegExp(`^\\s*(${token}/${token})\\s*`, "u");

/** Parses one media type (RFC 9110 section 8.3.1); bare values may hold any character but quotes, blanks and semicolons, as clients send them. Null when malformed. */
export function parseMediaType(text: string): MediaType | null {
  const head = essence.exec(text);
  if (head === null) return null;
  const parameters = new Map<string, string>();
  let at = head[0].length;
  while (at < text.length) {
    parameter.lastIndex = at;
    const found = parameter.exec(text);
    if (found === null) return null;
    at = parameter.lastIndex;
    const [, name, quoted, bare] = found;
    // The first of two equal names counts, so that nothing appended later can change the meaning.
    if (name !== undefined && !parameters.has(name.toLowerCase()))
      parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/gu, "$1") ?? bare ?? "");
  }
  return { type: (head[1] ?? "").toLowerCase(), parameters };
}

/** The ranges of an Accept header by falling preference, those with q=0 left out; no header accepts anything. Malformed ranges are skipped. */
export function parseAccept(header: string | undefined): MediaType[] {
  if (header === undefined || header.trim() === "") return [{ type: "*/*", parameters: new Map() }];
  const ranges = [...header.matchAll(listItem)].map(([part]) => parseMediaType(part)).filter((range) => range !== null);
  const quality = (range: MediaType): number => {
    const q = Number(range.parameters.get("q") ?? "1");
    return Number.isFinite(q) ? q : 0;
  };
  return ranges.filter((range) => quality(range) > 0).sort((a, b) => quality(b) - quality(a));
}

/** RFC 2046 section 5.1.1 allows 70 characters; Orthanc sends 73. */
const longestBoundary = 256;

/** How the body of a store request is cut into instances. */
export type StoreBody = { readonly kind: "multipart"; readonly boundary: string } | { readonly kind: "single" };

/** Reads the Content-Type of a STOW-RS request (PS3.18 section 10.5.1). Throws DICOM_UNSUPPORTED_MEDIA (415). */
export function storeBody(contentType: string | undefined): StoreBody {
  const media = parseMediaType(contentType ?? "");
  if (media?.type === "application/dicom") return { kind: "single" };
  const boundary = media?.parameters.get("boundary") ?? "";
  const inner = (media?.parameters.get("type") ?? "application/dicom").toLowerCase();
  if (media?.type !== "multipart/related" || inner !== "application/dicom" || boundary === "" || boundary.length > longestBoundary)
    throw fault("DICOM_UNSUPPORTED_MEDIA", {});
  return { kind: "multipart", boundary };
}

/** Whether one of the ranges admits `type`, which has no parameters. */
export function accepts(ranges: readonly MediaType[], type: string): boolean {
  return ranges.some(
    (range) => range.type === type || range.type === "*/*" || (range.type.endsWith("/*") && type.startsWith(range.type.slice(0, -1))),
  );
}

/** Throws DICOM_NOT_ACCEPTABLE (406) unless the Accept header admits DICOM JSON; used by searches, metadata and the store response. */
export function requireDicomJson(accept: string | undefined): void {
  const ranges = parseAccept(accept);
  if (!accepts(ranges, "application/dicom+json") && !accepts(ranges, "application/json")) {
    throw fault("DICOM_NOT_ACCEPTABLE", { offered: "application/dicom+json" });
  }
}
