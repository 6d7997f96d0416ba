import type { ConsentView, MemberView, RequestView } from "../model/ledger-views.ts";
import type { TypedData } from "../model/typed-data.ts";
import type { Client } from "./client.ts";

/** Answers of the agent's API as the commands read them (docs/reference/openapi.generated.json is the whole contract). */
export type StudyRow = {
  readonly study: string;
  readonly uid: string | null;
  readonly role: "custodian" | "holder" | "none";
  readonly state: string;
  readonly custodian: number;
  readonly version: number;
  readonly root: string | null;
  readonly instances: number;
  readonly droppedBecause: string | null;
  readonly description: string | null;
  readonly date: string | null;
  readonly modalities: readonly string[];
  readonly patientName: string | null;
  readonly patientId: string | null;
};
export type Progress = {
  readonly phase: string;
  readonly bytesDone: number;
  readonly bytesTotal: number | null;
  readonly objectsDone: number;
  readonly objectsTotal: number | null;
  readonly bytesPerSecond: number | null;
  readonly etaSeconds: number | null;
  readonly sources: readonly { readonly name: string; readonly bytes: number }[];
  readonly error: string | null;
};
export type StudyDetail = StudyRow & { readonly progress: Progress | null; readonly replicas: readonly number[]; readonly consents: readonly ConsentView[] };
export type RequestDetail = RequestView & { readonly progress: Progress | null; readonly localState: string | null; readonly fetch: "automatic" | "paused" | "cancelled" | null };
export type MemberRow = MemberView & { readonly self: boolean };
/** A consent on paper that one person has proposed. Times in seconds since the epoch. */
export type Attestation = { readonly proposal: string; readonly study: string; readonly grantee: number; readonly purposes: readonly string[]; readonly notBefore: number; readonly expiry: number; readonly proposedBy: string; readonly proposedAt: number };
/** receipt is null when there was nothing to record. */
export type Recorded = { readonly receipt: { readonly transaction: string; readonly block: number } | null };

export const recordedText = ({ receipt }: Recorded, what: string): string => (receipt === null ? "Nothing to record: it is so already." : `${what} in block ${receipt.block}, transaction ${receipt.transaction}.`);

/** A document to sign; `signer` is the address whose key must sign, `addressIndex` its place in the patient's account where the agent knows it. */
export type Prepared = { readonly terms: Readonly<Record<string, unknown>>; readonly typedData: TypedData; readonly signer: string; readonly addressIndex: number | null };

/** A study by id or Study Instance UID. */
export const getStudy = (client: Client, reference: string): Promise<StudyDetail> => client.get(`/api/studies/${encodeURIComponent(reference)}`);

/** The id on chain of a study named either way; an id needs no question. */
export const studyIdOf = async (client: Client, reference: string): Promise<string> => (reference.startsWith("0x") ? reference : (await getStudy(client, reference)).study);
