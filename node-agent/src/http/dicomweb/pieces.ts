import { parseFrameList } from "../../dicom/frames.ts";
import { negotiateRetrieve } from "../../dicom/negotiate.ts";
import type { HospitalContext } from "../../flows/context.ts";
import { retrieveBulkData, retrieveFrames } from "../../flows/retrieve-frames.ts";
import type { Retrieved } from "../../flows/retrieve-instance.ts";
import { fault } from "../../model/fault.ts";
import type { Principal } from "../../ports/accounts.ts";
import type { Call } from "../mount.ts";
import { writeAll } from "../server/stream-out.ts";
import type { StudyAccess } from "./access.ts";
import { sendMultipart } from "./multipart-out.ts";
import type { ReadLog } from "./reads.ts";
import { named } from "./wado.ts";

type Piece = "frames" | "bulkdata";

/** The path of a bulk data value as Express gives a wildcard: its segments. */
function bulkPath(call: Call<Principal>): string {
  const segments: unknown = call.request.params["path"];
  const path = Array.isArray(segments) ? segments.join("/") : String(segments);
  if (!/^[0-9A-F]{8}(?:\/[1-9]\d{0,5}\/[0-9A-F]{8}){0,32}$/u.test(path)) throw fault("HTTP_BAD_REQUEST", { what: "the path names no bulk data element" });
  return path;
}

/** WADO-RS of frames (PS3.18 section 10.4.1.1.6) or of one bulk data value (10.4.1.1.5), as stored. */
export function createPieces(context: HospitalContext, access: StudyAccess, reads: ReadLog) {
  return (what: Piece) =>
    async (call: Call<Principal>): Promise<void> => {
      const { request, response, who } = call;
      const frames = what === "frames" ? parseFrameList(String(request.params["frames"])) : [];
      const path = what === "bulkdata" ? bulkPath(call) : "";
      const { study, instances } = named(context, access, "instance", call);
      const [instance] = instances;
      const single = what === "bulkdata" || frames.length === 1;
      const form = negotiateRetrieve(request.headers.accept, what === "frames" ? instance.transferSyntax : "", { what: "frames", single });
      const pieces: readonly Retrieved[] = what === "frames" ? await retrieveFrames(context, instance, frames) : [await retrieveBulkData(context, instance, path)];
      const bodiless = request.method === "HEAD";
      if (!bodiless) reads.noted(who, study, what);
      response.set("Cache-Control", "private, no-store");
      const [only] = pieces;
      if (form.form === "single" && only !== undefined) {
        response.set({ "Content-Type": form.contentType, "Content-Length": String(only.size) });
        if (bodiless) response.end();
        else await writeAll(response, only.stream, only.own);
        return;
      }
      const parts = pieces.map((piece) => ({ mediaType: form.contentType, length: piece.size, open: async () => piece }));
      await sendMultipart(response, form.mediaType, parts, bodiless);
    };
}
