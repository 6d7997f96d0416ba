import { hospitalXpub } from "../../../node-agent/src/wallet/account.ts";
import { memberId } from "../../../node-agent/src/model/ids.ts";
import type { Reporter } from "../display.ts";
import { expect, expectEqual, eventually } from "../expect.ts";
import type { SourceFile } from "../study-source.ts";
import type { ApiClient } from "../api-client.ts";
import type { Shared, World } from "../world.ts";

type StoreAnswer = Readonly<Record<string, { readonly Value?: readonly Readonly<Record<string, { readonly Value?: readonly unknown[] }>>[] }>>;
type StudyAnswer = { readonly study: `0x${string}`; readonly uid: string | null; readonly state: string; readonly patient: `0x${string}` | null; readonly instances: number; readonly replicas?: number[] };

/** Stores files by STOW-RS and checks that each one is reported as stored (PS3.18 10.5: Referenced SOP Sequence, no Failed SOP Sequence). */
async function store(client: ApiClient, files: readonly SourceFile[], report: Reporter): Promise<void> {
  const response = await client.store(files, report.bytes);
  const text = await response.text();
  expect(response.status === 200, `STOW-RS was answered ${response.status}: ${text.slice(0, 400)}`);
  const answer = JSON.parse(text) as StoreAnswer;
  expectEqual(answer["00081199"]?.Value?.length ?? 0, files.length, "instances reported as stored");
  expectEqual(answer["00081198"]?.Value?.length ?? 0, 0, "instances reported as failed");
}

/** Step 1a: the patient's wallet is enrolled and the study arrives at hospital A. */
export async function storeAtA({ people, study, phrase, seat }: World, report: Reporter): Promise<void> {
  const { member } = seat("a");
  if (study.patientId !== "")
    await people.clinicianA.post("/api/patients", { patientId: study.patientId, issuer: study.issuer, xpub: hospitalXpub(phrase, memberId(member)) });
  await store(people.clinicianA, study.files, report);
  report.note(`${study.files.length} instances stored at Hospital A`);
}

/** Step 1b: real files of published packages arrive at A and B. */
export async function storeRealFiles({ people, realA, realB }: World, report: Reporter): Promise<void> {
  await store(people.clinicianA, realA.files, report);
  await store(people.clinicianB, realB.files, report);
  report.note(`${realA.files.length} files at Hospital A, ${realB.files.length} at Hospital B, of several modalities and transfer syntaxes`);
}

/** Step 2: every study of a source becomes registered, with a replica elsewhere. Gives the first one. */
export async function becomeRegistered(client: ApiClient, files: readonly SourceFile[], report: Reporter): Promise<Shared> {
  const uids = [...new Set(files.map(({ study }) => study))];
  const shared: Shared[] = [];
  for (const uid of uids) {
    const detail = await eventually(`registration of study ${shared.length + 1} of ${uids.length}, with a replica at another hospital,`, 270, async () => {
      const found = await client.get<StudyAnswer>(`/api/studies/${uid}`);
      // After a restart from an empty disk a hospital finds out anew who keeps its replicas.
      return found.state === "registered" && (found.replicas?.length ?? 0) >= 1 ? found : null;
    });
    expect(detail.patient !== null, "a registered study has a patient address");
    expectEqual(detail.instances, files.filter(({ study }) => study === uid).length, "instances in the study");
    shared.push({ study: detail.study, patient: detail.patient, uid });
  }
  const [first] = shared;
  expect(first !== undefined, "there is a study");
  report.note(`${uids.length === 1 ? "study" : `${uids.length} studies`} registered, with replicas at another hospital`);
  return first;
}
