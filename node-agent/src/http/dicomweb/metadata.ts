import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { DicomJson } from "../../dicom/json.ts";
import { requireDicomJson } from "../../dicom/media.ts";
import type { HospitalContext } from "../../flows/context.ts";
import { type MetadataQuery, retrieveMetadata } from "../../flows/retrieve-metadata.ts";
import type { Principal } from "../../ports/accounts.ts";
import type { InstanceRecord, StudyRecord } from "../../ports/catalogue.ts";
import type { Call } from "../mount.ts";
import { writeAll } from "../server/stream-out.ts";
import type { StudyAccess } from "./access.ts";
import { dicomwebBase } from "./address.ts";
import type { ReadLog } from "./reads.ts";
import { named, type RetrieveLevel } from "./wado.ts";

/** Text is gathered to about this many characters before it is written. */
const batchCharacters = 128 * 1024;
/** Fast and still twenty to sixty times smaller: metadata repeats itself. */
const gzipLevel = 4;

/** Changes whenever the instances of the study do, or the addresses inside the answer. Weak: gzip or not is the same metadata. */
function etagOf(study: StudyRecord, base: string): string {
  const state = [study.study, study.version, study.instanceCount, study.touchedAt, base].join("\n");
  return `W/"${createHash("sha256").update(state).digest("base64url").slice(0, 22)}"`;
}

async function* jsonArray(items: AsyncIterable<DicomJson>): AsyncGenerator<Buffer> {
  let text = "[";
  let lead = "";
  for await (const item of items) {
    text += lead + JSON.stringify(item);
    lead = ",\n";
    if (text.length >= batchCharacters) {
      yield Buffer.from(text);
      text = "";
    }
  }
  yield Buffer.from(`${text}]`);
}

/** The same stream with its first piece already read, so that a failure before any byte is still an error answer. */
async function begun(source: AsyncGenerator<Buffer>): Promise<AsyncIterable<Buffer>> {
  const first = await source.next();
  return (async function* () {
    if (first.done !== true) yield first.value;
    yield* source;
  })();
}

/** WADO-RS metadata of a study, a series or an instance (PS3.18 section 10.4.1.1.2) with gzip and conditional requests. */
export function createMetadata(context: HospitalContext, access: StudyAccess, reads: ReadLog, publicUrl: string | null) {
  return (level: RetrieveLevel) =>
    async (call: Call<Principal>): Promise<void> => {
      const { request, response, who } = call;
      requireDicomJson(request.headers.accept);
      const { study, instances } = named(context, access, level, call);
      const [first] = instances;
      const base = dicomwebBase(request, publicUrl);
      const etag = etagOf(study, base);
      response.vary("Accept-Encoding");
      response.set({ "Cache-Control": "private, no-cache", ETag: etag, "Content-Type": "application/dicom+json" });
      const matched = request.headers["if-none-match"]?.split(",").some((one) => one.trim() === etag || one.trim() === "*") === true;
      if (matched || request.method === "HEAD") {
        response.status(matched ? 304 : 200).end();
        return;
      }
      const query: MetadataQuery = {
        study,
        ...(level === "study" ? {} : { series: first.series }),
        ...(level === "instance" ? { instance: first.uid } : {}),
        bulkDataUri: (record: InstanceRecord, path: string) => `${base}/studies/${study.uid}/series/${record.series}/instances/${record.uid}/bulkdata/${path}`,
      };
      const body = await begun(jsonArray(retrieveMetadata(context, query)));
      reads.noted(who, study, "metadata");
      if (!request.acceptsEncodings("gzip")) {
        await writeAll(response, body);
        return;
      }
      response.set("Content-Encoding", "gzip");
      const gzip = createGzip({ level: gzipLevel });
      const plain = Readable.from(body, { objectMode: false });
      plain.on("error", (error) => gzip.destroy(error));
      await writeAll(response, plain.pipe(gzip));
    };
}
