import type { HospitalContext } from "../../flows/context.ts";
import { dropReplica, keepReplica } from "../../flows/keep-replica.ts";
import { releaseKey } from "../../flows/release-key.ts";
import { servingRank } from "../../flows/serving-rank.ts";
import { serveBlock, serveMany, serveTree } from "../../flows/serve-blocks.ts";
import type { Observer } from "../server/base-app.ts";
import type { PeerParts } from "./app.ts";

/** The peer app's parts over the flows of a hospital. `certificate` is the OpenPGP certificate of its keyring, binary. */
export function peerParts(context: HospitalContext, certificate: Uint8Array, observer: Observer, door: Pick<PeerParts, "answerProbe" | "answerApplication" | "register">): PeerParts {
  return {
    observer,
    ...door,
    index: context.ledgerIndex,
    certificate,
    source: { block: (cid) => serveBlock(context, cid), tree: (root) => serveTree(context, root) },
    stream: { blocks: (cids) => serveMany(context, cids), enter: (member, request, signal) => context.serving.enter(member, servingRank(context, member, request), signal) },
    releaseKey: (input) => releaseKey(context, input),
    keepReplica: (input) => keepReplica(context, input),
    pinned: (owner) => context.catalogue.pins({ owner, holder: context.self.member }),
    dropReplica: (input) => dropReplica(context, input),
  };
}
