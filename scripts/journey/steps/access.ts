import type { ApiClient } from "../api-client.ts";
import type { Reporter } from "../display.ts";
import { eventually, expect, expectEqual } from "../expect.ts";
import { wholeHistory } from "../history.ts";
import { retrieveStudy, sentDigests } from "../retrieve.ts";
import type { SourceFile } from "../study-source.ts";
import type { Hex, RequestAnswer, Shared, World } from "../world.ts";

/** Asks for a study; the outcome is in the answer, refusals included. */
export async function ask(client: ApiClient, study: Hex, purpose: string): Promise<RequestAnswer> {
  return await client.post<RequestAnswer>("/api/requests", { study, purpose });
}

/** Steps 3 and 7: B asks and is denied for lack of consent (never given, or revoked); the refusal is in the history that A's auditor reads. */
export async function deniedToB({ people, seat }: World, { study }: Shared, report: Reporter): Promise<void> {
  const earlier = await wholeHistory(people.auditorA, `study=${study}&kinds=ConsentRevoked`);
  const reason = earlier.some((event) => event["grantee"] === seat("b").member) ? "consentRevoked" : "noConsent";
  const answer = await ask(people.clinicianB, study, "TREAT");
  expectEqual(answer.state, "denied", "state of B's request");
  expectEqual(answer.reason, reason, "reason of the refusal");
  const events = await eventually("the refusal in the history", 60, async () => {
    const all = await wholeHistory(people.auditorA, `study=${study}`);
    return all.some((event) => event["request"] === answer.id) ? all : null;
  });
  const refusal = events.find((event) => event["request"] === answer.id);
  expectEqual(refusal?.["granted"], false, "what the history says of it");
  expectEqual(refusal?.["reason"], reason, "the reason in the history");
  report.note(`refused: ${reason}; the refusal is in the history`);
}

/** Steps 5 and 8: a hospital asks, is granted, fetches, and serves by WADO-RS exactly the bytes that were sent to the custodian. */
export async function grantedAndFetched(
  client: ApiClient,
  { study, uid }: Shared,
  purpose: string,
  files: readonly SourceFile[],
  report: Reporter,
): Promise<RequestAnswer> {
  const begun = performance.now();
  const asked = await ask(client, study, purpose);
  expect(asked.state !== "denied", `the request was denied: ${asked.reason}`);
  const fetched = await eventually("the study at the requester", 360, async () => {
    const now = await client.get<RequestAnswer>(`/api/requests/${asked.id}`);
    if (now.progress?.bytesTotal) report.bytes(now.progress.bytesDone, now.progress.bytesTotal);
    return now.state === "acknowledged" && now.localState === "held" ? now : null;
  });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const { digests, bytes } = await retrieveStudy(client, uid, (done) => report.bytes(done, done));
  expectEqual(digests, sentDigests(files, uid), "SHA-256 of every instance served by the requester");
  report.note(`granted, key released, fetched and acknowledged in ${seconds} s; ${digests.length} instances served, byte for byte as sent`);
  expect(bytes > 0, "bytes were served");
  return fetched;
}

/** Step 7: after the revocation B's copy is gone and its DICOMweb says why. */
export async function goneAtB({ people }: World, { study, uid }: Shared, report: Reporter): Promise<void> {
  const problem = await eventually("410 at Hospital B", 90, async () => {
    const response = await people.clinicianB.fetch(`/dicom-web/studies/${uid}`, { headers: { accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' } });
    const text = await response.text();
    return response.status === 410 ? (JSON.parse(text) as { code: string; detail: string }) : null;
  });
  expect(problem.code.startsWith("STUDY_"), `the 410 names its reason (${problem.code})`);
  const listed = await people.clinicianB.get<unknown[]>(`/dicom-web/studies?StudyInstanceUID=${uid}`);
  expectEqual(listed.length, 0, "studies listed by QIDO-RS at B");
  const state = await people.clinicianB.get<{ state: string }>(`/api/studies/${study}`);
  expectEqual(state.state, "dropped", "state of B's copy");
  report.note(`B's DICOMweb answers 410 ${problem.code}`);
}
