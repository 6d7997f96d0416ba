import type { Request } from "express";
import { fault } from "../../model/fault.ts";
import { isUid, type Uid } from "../../model/ids.ts";

/** Base of DICOMweb addresses as the client sees them: the configured public URL, or where the request came in. No slash at the end. */
export function dicomwebBase(request: Request, publicUrl: string | null): string {
  if (publicUrl !== null) return `${publicUrl.replace(/\/+$/u, "")}/dicom-web`;
  return `${request.protocol}://${request.headers.host ?? "localhost"}/dicom-web`;
}

/** A UID in a path. Throws HTTP_BAD_REQUEST, never repeating it. */
export function uidParam(request: Request, name: "study" | "series" | "instance"): Uid {
  const text = request.params[name];
  if (typeof text !== "string" || !isUid(text)) throw fault("HTTP_BAD_REQUEST", { what: `the ${name} in the path is not a UID` });
  return text;
}

/** The query string as it was sent: repeated keys and order kept, which Express's own parser loses. */
export function queryOf(request: Request): URLSearchParams {
  const at = request.originalUrl.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : request.originalUrl.slice(at + 1));
}
