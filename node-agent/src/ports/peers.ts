import type { CID } from "multiformats/cid";
import type { Digest, MemberId, RequestId, StudyId } from "../model/ids.ts";
import type { ApplicationAnswer } from "../model/application.ts";
import type { ProbeAnswer } from "../model/probe.ts";
import type { Block } from "./blocks.ts";

/** Blocks that may be asked for in one question. */
export const mostAsked = 1000;

/**
 * Talking to other members' agents. Every call is mutual TLS with both ends pinned to the SPKI digests in MemberRegistry:
 * a peer with another key is PEER_UNREGISTERED_CERTIFICATE, whatever its certificate says. Unreachable peers are PEER_UNREACHABLE;
 * a peer's refusal is PEER_REFUSED with the peer's own code. Nothing a peer sends is trusted: callers verify digests and CIDs.
 */
export type Peers = {
  /** The member's OpenPGP certificate, binary; checked against the digest on chain (PEER_CERTIFICATE_MISMATCH). */
  certificate(member: MemberId): Promise<Uint8Array>;
  /** The wrapped key (PKESK) that the custodian made for our request, or null while it is not ready. */
  releasedKey(custodian: MemberId, request: RequestId, signal: AbortSignal): Promise<Uint8Array | null>;
  /** One block in Trustless Gateway form (`?format=raw`), verified; null when the peer has none. */
  block(member: MemberId, cid: CID, signal: AbortSignal): Promise<Uint8Array | null>;
  /**
   * Exactly these blocks (at most `mostAsked`), as one CARv1 stream in the order given; what the member has not is left out. Each is verified:
   * BLOCK_MISMATCH ends the stream. May end early (PEER_UNREACHABLE); callers resume by asking for what is missing. `access` is the request on
   * chain under which the blocks are fetched: the member serves emergencies and care first; null for replicas and recovery.
   */
  blocks(member: MemberId, cids: readonly CID[], access: RequestId | null, signal: AbortSignal): AsyncIterable<Block>;
  /** Asks the member to fetch and keep everything below `root` (a replica). Resolves when the member says it is durable there. */
  pin(member: MemberId, study: StudyId, root: CID, signal: AbortSignal): Promise<void>;
  /** Roots that the member keeps for us, those that are on no chain among them. */
  pinned(member: MemberId, signal: AbortSignal): Promise<readonly { readonly study: StudyId; readonly root: Digest }[]>;
  /** Tells a replica that the custodian no longer needs `root` kept. */
  unpin(member: MemberId, study: StudyId, root: CID, signal: AbortSignal): Promise<void>;
  /** How the member's agent sees us: whether it reaches us, what its node has of ours, its clock and its chain. The member answers a few times in a row, then refuses for some seconds (PEER_REFUSED). */
  probe(member: MemberId, signal: AbortSignal): Promise<ProbeAnswer>;
  /** How our own admission stands, as the member sees it: asked before we are one. Strangers are answered so often together (PEER_REFUSED). */
  application(member: MemberId, signal: AbortSignal): Promise<ApplicationAnswer>;
  /** Has the member send our signed entry to the registry, while our own node has no chain yet. Resolves with the block that holds it. */
  register(member: MemberId, raw: `0x${string}`, signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
};
