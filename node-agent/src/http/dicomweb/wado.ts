import { negotiateRetrieve } from "../../dicom/negotiate.ts";
import { incomplete } from "../../flows/availability.ts";
import type { HospitalContext } from "../../flows/context.ts";
import { heldBlocks } from "../../flows/get-block.ts";
import { retrieveInstance } from "../../flows/retrieve-instance.ts";
import { fault } from "../../model/fault.ts";
import type { Principal } from "../../ports/accounts.ts";
import type { InstanceRecord, StudyRecord } from "../../ports/catalogue.ts";
import type { Call } from "../mount.ts";
import { writeAll } from "../server/stream-out.ts";
import type { StudyAccess } from "./access.ts";
import { dicomwebBase, uidParam } from "./address.ts";
import { type OutPart, sendMultipart } from "./multipart-out.ts";
import type { ReadLog } from "./reads.ts";

/** What a path names: the study, and the instances under it that are asked for (at least one). */
export type Named = { readonly study: StudyRecord; readonly instances: readonly [InstanceRecord, ...InstanceRecord[]] };
export type RetrieveLevel = "study" | "series" | "instance";

function under(context: HospitalContext, study: StudyRecord, level: RetrieveLevel, { request }: Call<Principal>): InstanceRecord[] {
  if (level === "study") return context.catalogue.instances(study.study);
  const series = uidParam(request, "series");
  if (level === "series") return context.catalogue.instances(study.study, series);
  const one = context.catalogue.instanceByUid(uidParam(request, "instance"));
  return one !== null && one.study === study.study && one.series === series ? [one] : [];
}

/** Of a study that is still arriving only what is whole is given: an instance that is here, a series all of whose instances are. Throws STUDY_INCOMPLETE. */
function demandWhole(context: HospitalContext, study: StudyRecord, level: RetrieveLevel, found: number, call: Call<Principal>): void {
  if (study.state !== "fetching") return;
  const series = level === "study" ? undefined : uidParam(call.request, "series");
  call.response.append("Warning", '299 fiducial "the study is still arriving; what is given here is whole"');
  const whole = level === "instance" ? found > 0 : series !== undefined && context.arrivals.isWhole(study.study, series);
  if (!whole) throw incomplete(context, study, series);
}

/**
 * Resolves the path of a retrieval to what this principal may read. Throws what StudyAccess throws, STUDY_INCOMPLETE (503 with Retry-After) while what
 * is named is still arriving, and HTTP_STUDY_UNKNOWN for an unknown series or instance.
 */
export function named(context: HospitalContext, access: StudyAccess, level: RetrieveLevel, call: Call<Principal>): Named {
  const study = access.read(call.who, uidParam(call.request, "study"));
  const [first, ...rest] = under(context, study, level, call);
  demandWhole(context, study, level, first === undefined ? 0 : 1, call);
  if (first === undefined) throw fault("HTTP_STUDY_UNKNOWN", {});
  return { study, instances: [first, ...rest] };
}

/** WADO-RS of whole instances in their stored transfer syntax (PS3.18 section 10.4): every one, or the connection is cut. */
export function createRetrieve(context: HospitalContext, access: StudyAccess, reads: ReadLog, publicUrl: string | null) {
  return (level: RetrieveLevel) =>
    async (call: Call<Principal>): Promise<void> => {
      const { request, response, who } = call;
      const { study, instances } = named(context, access, level, call);
      const wanted = { what: "instances", single: instances.length === 1 } as const;
      const syntaxes = [...new Set(instances.map((instance) => instance.transferSyntax))];
      const forms = new Map(syntaxes.map((syntax) => [syntax, negotiateRetrieve(request.headers.accept, syntax, wanted)]));
      const bodiless = request.method === "HEAD";
      if (!bodiless) reads.noted(who, study, "instances");
      response.set("Cache-Control", "private, no-store");
      const [first] = instances;
      const form = forms.get(first.transferSyntax);
      if (form?.form === "single") {
        const { stream, own } = await retrieveInstance(context, first);
        response.set({ "Content-Type": form.contentType, "Content-Length": String(first.size) });
        if (bodiless) response.end();
        else await writeAll(response, stream, own);
        return;
      }
      const base = dicomwebBase(request, publicUrl);
      const get = heldBlocks(context, study.study, instances);
      const parts = instances.map(
        (instance): OutPart => ({
          mediaType: forms.get(instance.transferSyntax)?.contentType ?? "application/dicom",
          location: `${base}/studies/${study.uid}/series/${instance.series}/instances/${instance.uid}`,
          length: instance.size,
          open: async () => await retrieveInstance(context, instance, { get }),
        }),
      );
      await sendMultipart(response, "application/dicom", parts, bodiless);
    };
}
