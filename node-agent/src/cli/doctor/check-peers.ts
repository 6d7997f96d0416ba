import { setTimeout as sleep } from "node:timers/promises";
import type { Keyring } from "../../envelope/keyring.ts";
import { Fault } from "../../model/fault.ts";
import type { MemberId } from "../../model/ids.ts";
import type { MemberView } from "../../model/ledger-views.ts";
import { createPeers } from "../../peers/create-peers.ts";
import type { Peers } from "../../ports/peers.ts";
import { fail, failure, type Finding, ok, warn } from "./finding.ts";

/**
 * The way to every other active hospital, with both keys checked, and the way from outside to our own registered endpoint (which only
 * answers while the agent runs).
 */
export async function checkPeers(self: MemberId, keyring: Extract<Keyring, { role: "hospital" }>, members: readonly MemberView[]): Promise<Finding[]> {
  const active = members.filter(({ kind, status }) => kind === "hospital" && status === "active");
  const peers = createPeers({
    credentials: keyring.tls,
    profileOf: (member) => active.find(({ id }) => id === member)?.profile ?? null,
    clock: { now: () => Date.now(), sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }) },
    timeouts: { connectMs: 4000, headersMs: 8000 },
  });
  try {
    return await Promise.all(active.map((member) => (member.id === self ? checkOwn(peers, member) : checkOther(peers, member))));
  } finally {
    await peers.close();
  }
}

async function checkOther(peers: Peers, { id, profile }: MemberView): Promise<Finding> {
  const check = `peer ${id} (${profile.displayName})`;
  try {
    await peers.certificate(id);
    return ok(check, `${profile.endpoint} answers with its registered keys and accepts ours`);
  } catch (error) {
    if (error instanceof Fault && error.code === "PEER_REFUSED" && (error as Fault<"PEER_REFUSED">).details.peerCode === "PEER_UNREGISTERED_CERTIFICATE")
      return fail(check, "it answers with its registered key and refuses ours", "Its index is behind, or your registered TLS key is not the keyring's.");
    return failure(check, error);
  }
}

async function checkOwn(peers: Peers, { id, profile }: MemberView): Promise<Finding> {
  const check = "own endpoint";
  try {
    await peers.certificate(id);
    return ok(check, `${profile.endpoint} leads to this institution's agent`);
  } catch (error) {
    if (error instanceof Fault && error.code === "PEER_UNREACHABLE") return warn(check, `nothing answers at ${profile.endpoint}`, "Start the agent; if it runs, check name, firewall and port forwarding.");
    return failure(check, error);
  }
}
