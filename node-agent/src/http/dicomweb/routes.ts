import type { HospitalContext } from "../../flows/context.ts";
import type { Principal } from "../../ports/accounts.ts";
import type { Handler } from "../mount.ts";
import type { RouteKey } from "../policy.ts";
import { createStudyAccess } from "./access.ts";
import { createMetadata } from "./metadata.ts";
import { createPieces } from "./pieces.ts";
import { createSearch } from "./qido.ts";
import { createReadLog } from "./reads.ts";
import { createStore } from "./stow.ts";
import { createRetrieve } from "./wado.ts";

export type DicomwebKey = Extract<RouteKey<"clinical">, `${string} /dicom-web/${string}`>;

/** The DICOMweb handlers of a hospital, by route. */
export function dicomwebHandlers(context: HospitalContext, publicUrl: string | null): Readonly<Record<DicomwebKey, Handler<Principal>>> {
  const access = createStudyAccess(context);
  const reads = createReadLog(context);
  const store = createStore(context, publicUrl);
  const search = createSearch(context, access, publicUrl);
  const retrieve = createRetrieve(context, access, reads, publicUrl);
  const metadata = createMetadata(context, access, reads, publicUrl);
  const pieces = createPieces(context, access, reads);
  const instance = "/dicom-web/studies/:study/series/:series/instances/:instance";
  return {
    "POST /dicom-web/studies": store(false),
    "POST /dicom-web/studies/:study": store(true),
    "GET /dicom-web/studies": search("study", []),
    "GET /dicom-web/series": search("series", []),
    "GET /dicom-web/instances": search("instance", []),
    "GET /dicom-web/studies/:study/series": search("series", ["study"]),
    "GET /dicom-web/studies/:study/instances": search("instance", ["study"]),
    "GET /dicom-web/studies/:study/series/:series/instances": search("instance", ["study", "series"]),
    "GET /dicom-web/studies/:study": retrieve("study"),
    "GET /dicom-web/studies/:study/series/:series": retrieve("series"),
    [`GET ${instance}` as const]: retrieve("instance"),
    "GET /dicom-web/studies/:study/metadata": metadata("study"),
    "GET /dicom-web/studies/:study/series/:series/metadata": metadata("series"),
    [`GET ${instance}/metadata` as const]: metadata("instance"),
    [`GET ${instance}/frames/:frames` as const]: pieces("frames"),
    [`GET ${instance}/bulkdata/*path` as const]: pieces("bulkdata"),
  };
}
