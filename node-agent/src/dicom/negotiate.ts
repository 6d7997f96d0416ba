import { fault } from "../model/fault.ts";
import { accepts, type MediaType, parseAccept } from "./media.ts";
import { encodingOf, explicitLittleEndian } from "./transfer-syntax.ts";

/** The form in which stored bytes go out. `contentType` is what each part (or the single body) is called. */
export type Representation = { readonly form: "multipart" | "single"; readonly mediaType: string; readonly contentType: string };

/** What is asked for: whole instances, or frames, and whether the answer can be a single body. */
export type Retrieve = { readonly what: "instances" | "frames"; readonly single: boolean };

/** Media types PS3.18 table 8.7.3-5 gives frames of each encapsulated syntax. */
const frameTypes: readonly (readonly [RegExp, string])[] = [
  [/\.4\.(?:5\d|6[0-6]|70)$/u, "image/jpeg"],
  [/\.4\.8[01]$/u, "image/jls"],
  [/\.4\.9[01]$/u, "image/jp2"],
  [/\.4\.9[23]$/u, "image/jpx"],
  [/\.4\.20[1-3]$/u, "image/jphc"],
  [/\.4\.11[0-2]$/u, "image/jxl"],
  [/\.1\.2\.5$/u, "image/dicom-rle"],
  [/\.4\.10[01](?:\.1)?$/u, "video/mpeg2"],
  [/\.4\.10[2-8](?:\.1)?$/u, "video/mp4"],
];

/** Native frames leave as plain bytes; so do those of syntaxes without a media type of their own. */
const frameType = (stored: string): string => frameTypes.find(([form]) => form.test(stored))?.[1] ?? "application/octet-stream";

/**
 * The syntax a frame's own bytes are in. Little endian pixels are the same bytes in implicit, explicit and deflated files, and PS3.18 table 8.7.3-5 knows
 * plain frames only as explicit VR little endian.
 */
function frameSyntax(stored: string): string {
  const encoding = encodingOf(stored);
  return encoding === null || encoding.encapsulated || encoding.bigEndian ? stored : explicitLittleEndian;
}

function admitsSyntax(range: MediaType, served: string): boolean {
  const asked = range.parameters.get("transfer-syntax");
  return asked === undefined || asked === "" || asked === "*" || asked === served;
}

/**
 * Chooses how to serve stored bytes for an Accept header (PS3.18 section 8.7): always in the stored transfer syntax, never transcoded.
 * multipart/related with any quoting, type any of the stored, the generic or a wildcard, transfer-syntax *, absent or the stored one; a bare media type where the answer
 * is one body. application/octet-stream for encapsulated frames is served as stored when any syntax is accepted. Throws DICOM_NOT_ACCEPTABLE (406).
 */
export function negotiateRetrieve(accept: string | undefined, stored: string, wanted: Retrieve): Representation {
  const specific = wanted.what === "instances" ? "application/dicom" : frameType(stored);
  const types = wanted.what === "instances" ? [specific] : [...new Set([specific, "application/octet-stream"])];
  const syntax = wanted.what === "instances" ? stored : frameSyntax(stored);
  const named = (mediaType: string): string => (syntax === "" ? mediaType : `${mediaType}; transfer-syntax=${syntax}`);
  for (const range of parseAccept(accept)) {
    if (!admitsSyntax(range, syntax)) continue;
    if (range.type === "multipart/related" || range.type === "*/*" || range.type === "multipart/*") {
      const inner = { type: (range.parameters.get("type") ?? "*/*").toLowerCase(), parameters: new Map<string, string>() };
      const mediaType = types.find((type) => accepts([inner], type));
      if (mediaType !== undefined) return { form: "multipart", mediaType, contentType: named(mediaType) };
    } else if (wanted.single) {
      const mediaType = types.find((type) => accepts([range], type));
      if (mediaType !== undefined) return { form: "single", mediaType, contentType: named(mediaType) };
    }
  }
  const offered = types.map(
    (type) => `multipart/related; type="${type}"; transfer-syntax=${syntax === "" ? explicitLittleEndian : syntax}`,
  );
  throw fault("DICOM_NOT_ACCEPTABLE", { offered: [...offered, ...(wanted.single ? types : [])].join(", ") });
}
