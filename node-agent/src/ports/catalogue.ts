import type { Address, Digest, MemberId, RequestId, StudyId, Uid } from "../model/ids.ts";

/** DICOM JSON attributes kept for queries (PS3.18 Annex F), keyed by tag in upper-case hex, e.g. "0020000D". */
export type Attributes = Readonly<Record<string, { readonly vr: string; readonly Value?: readonly unknown[] }>>;

/**
 * custodian: made here from what was stored; holder: fetched from another member under a grant.
 * receiving -> settled -> rooted -> pinned -> registered (custodian); fetching -> held -> dropped (holder). withdrawn ends either.
 */
export type StudyRole = "custodian" | "holder";
export type StudyState = "receiving" | "settled" | "rooted" | "pinned" | "registered" | "fetching" | "held" | "dropped" | "withdrawn";

export type StudyRecord = {
  readonly study: StudyId;
  readonly uid: Uid;
  readonly role: StudyRole;
  readonly state: StudyState;
  readonly custodian: MemberId;
  /** 32-byte session key of the study as a PKESK to this agent's own certificate; null once dropped. */
  readonly wrappedKey: Uint8Array | null;
  /** Version on chain once registered, 0 before. A late instance raises it by `supersede`. */
  readonly version: number;
  readonly root: Digest | null;
  readonly instanceCount: number;
  /** Milliseconds since the epoch of the last change by an arriving instance. */
  readonly touchedAt: number;
  /** Account of the study's patient (null for holders): see Patient. */
  readonly patient: Address | null;
  /** For holders: the request under which it was fetched, and the last millisecond it may be kept where that is bounded. */
  readonly request: RequestId | null;
  readonly keepUntil: number | null;
  /** Why it was dropped, as an error code of the catalogue (for 410). */
  readonly droppedBecause: string | null;
  /** Study-level attributes for QIDO-RS (sealed at rest). */
  readonly attributes: Attributes;
};

export type InstanceRecord = {
  readonly study: StudyId;
  readonly series: Uid;
  readonly uid: Uid;
  /** 1 and up in order of arrival: names the object in the root (`instances/000001.pgp`). */
  readonly number: number;
  readonly transferSyntax: string;
  /** CID (text) and bytes of the sealed object, and bytes of the Part 10 file inside. */
  readonly object: string;
  readonly objectSize: number;
  readonly size: number;
  /** Bytes of the PKESK packets before the encrypted packet. */
  readonly headerSize: number;
  /** Dataset digest, hex, over (transfer syntax UID || bytes after group 0002). */
  readonly datasetDigest: string;
  readonly attributes: Attributes;
};

/** A patient known here. Identifiers are sealed at rest; found through keyed hashes. */
export type Patient = {
  readonly patientId: string;
  readonly issuer: string;
  /** BIP-32 extended public key handed over at enrolment; null for a patient on paper. */
  readonly xpub: string | null;
  /** Next child index to use for a study. */
  readonly nextIndex: number;
};

/** A wrapped key made for a requester, kept so that the digest on chain stays true for a second collection. */
export type ReleaseRecord = { readonly request: RequestId; readonly study: StudyId; readonly requester: MemberId; readonly wrappedKey: Uint8Array };

/** Where replicas of a custodian's root are, and what this agent keeps for others. */
/** `bytes`: what the root takes here, measured; only of what is kept here for others, and absent in rows of an earlier version. */
export type PinRecord = { readonly study: StudyId; readonly root: Digest; readonly owner: MemberId; readonly holder: MemberId; readonly bytes?: number };

export type ExactKeys = { readonly patientId?: string; readonly accessionNumber?: string; readonly studyUid?: string; readonly patients?: readonly Address[] };

/**
 * The agent's own studies: a cache of (chain, block store, keyring), sealed: everything that identifies anyone is encrypted per row and
 * exact-match keys are keyed hashes (design 5). Writes are durable when they return. One row of a UID is either current or replaced, never both.
 */
export type Catalogue = {
  /** One transaction around `work`: all of it survives a crash, or none. Not nested. */
  transaction<Value>(work: () => Value): Value;
  putStudy(record: StudyRecord): void;
  /** Changes named fields of a study; throws CATALOGUE_UNKNOWN_STUDY. */
  updateStudy(study: StudyId, change: Partial<Omit<StudyRecord, "study" | "uid">>): void;
  study(study: StudyId): StudyRecord | null;
  /** By Study Instance UID, a dropped one included. */
  studyByUid(uid: Uid): StudyRecord | null;
  /** Candidates for a QIDO-RS study search: exact keys narrow through keyed hashes, the caller matches the rest. Newest first. */
  studies(filter?: { readonly keys?: ExactKeys; readonly states?: readonly StudyState[]; readonly role?: StudyRole }): StudyRecord[];
  putInstances(records: readonly InstanceRecord[]): void;
  /** By SOP Instance UID, in any study. */
  instanceByUid(uid: Uid): InstanceRecord | null;
  /** In order of arrival. */
  instances(study: StudyId, series?: Uid): InstanceRecord[];
  /** Removes the study's instances, key and attributes, keeping the row as dropped with its reason. */
  dropStudy(study: StudyId, because: string): void;
  patient(patientId: string, issuer: string): Patient | null;
  putPatient(patient: Patient): void;
  patients(): Patient[];
  /** Takes the next address index of an enrolled patient, durably. */
  takeIndex(patientId: string, issuer: string): number;
  /** Addresses of a patient's studies here, and the (patient, index) of an address. index is null on paper. */
  patientAddresses(patientId: string, issuer: string): Address[];
  putPatientAddress(address: Address, patientId: string, issuer: string, index: number | null): void;
  patientOf(address: Address): { readonly patientId: string; readonly issuer: string; readonly index: number | null } | null;
  putRelease(record: ReleaseRecord): void;
  release(request: RequestId): ReleaseRecord | null;
  deleteReleases(study: StudyId, requester?: MemberId): void;
  putPin(record: PinRecord): void;
  pins(filter: { readonly study?: StudyId; readonly owner?: MemberId; readonly holder?: MemberId }): PinRecord[];
  deletePin(study: StudyId, holder: MemberId): void;
  close(): void;
};
