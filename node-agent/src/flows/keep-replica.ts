import type { Digest, MemberId, StudyId } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";

export type ReplicaInput = { readonly owner: MemberId; readonly study: StudyId; readonly root: Digest };

/** Fetches and keeps everything below a root for its custodian; resolves when it is durable here. Repeating it is cheap. Throws REPLICA_REFUSED, STORAGE_LOW, PEER_UNREACHABLE. */
export declare function keepReplica(context: HospitalContext, input: ReplicaInput): Promise<void>;

/** Forgets a replica kept for `owner` and the blocks nothing else here needs. Unknown ones are ignored. */
export declare function dropReplica(context: HospitalContext, input: ReplicaInput): Promise<void>;
