import { setTimeout as sleep } from "node:timers/promises";
import type { HospitalKeyring } from "../../envelope/keyring.ts";
import { Fault, fault, isFault } from "../../model/fault.ts";
import type { MemberId } from "../../model/ids.ts";
import type { ApplicationAnswer } from "../../model/application.ts";
import type { ProbeAnswer } from "../../model/probe.ts";
import { createPeers } from "../../peers/create-peers.ts";
import type { Bundle } from "./bundle-format.ts";

/** The members named in a bundle, asked over their pinned TLS keys: the way to the consortium while the own node has no chain. */
export type MembersDoor = {
  /** The first answer of any member, or null while none knows us (not admitted, or their agents have not seen it yet). Throws PEER_UNREACHABLE when no member answers at all. */
  ask(signal: AbortSignal): Promise<{ readonly by: MemberId; readonly answer: ProbeAnswer } | null>;
  /** How our admission stands by the word of the first member that says it; null where none does, as an earlier version would not. */
  standing(signal: AbortSignal): Promise<{ readonly by: MemberId; readonly answer: ApplicationAnswer } | null>;
  register(by: MemberId, raw: `0x${string}`, signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
};

/** A member answers a few times in a row; a little later it does again. */
const againMs = 5500;
const keptMs = 2000;

export function openDoor(keyring: HospitalKeyring, { content }: Bundle): MembersDoor {
  const peers = createPeers({
    credentials: keyring.tls,
    profileOf: (member) => content.members.find(({ id }) => id === member) ?? null,
    clock: { now: () => Date.now(), sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }) },
    timeouts: { connectMs: 4000, headersMs: 8000 },
  });
  // Two steps of one round ask the same; the second would have to wait its turn.
  let last: { readonly at: number; readonly found: { readonly by: MemberId; readonly answer: ProbeAnswer } } | null = null;
  return {
    async ask(signal) {
      if (last !== null && Date.now() - last.at < keptMs) return last.found;
      let answered = false;
      let why = "none is named in the bundle";
      for (const { id } of content.members) {
        for (let tries = 0; tries < 5; tries++) {
          try {
            const found = { by: id, answer: await peers.probe(id, signal) };
            last = { at: Date.now(), found };
            return found;
          } catch (error) {
            signal.throwIfAborted();
            why = error instanceof Error ? error.message : "unknown";
            if (!isFault(error, "PEER_REFUSED")) break;
            answered = true;
            if (error.details.peerCode !== "PEER_PROBED_LATELY") break;
            await sleep(againMs, undefined, { signal });
          }
        }
      }
      if (!answered) throw fault("PEER_UNREACHABLE", { member: content.madeBy.member, why });
      return null;
    },
    async standing(signal) {
      for (const { id } of content.members) {
        try {
          return { by: id, answer: await peers.application(id, signal) };
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof Fault)) throw error;
        }
      }
      return null;
    },
    register: (by, raw, signal) => peers.register(by, raw, signal),
    close: () => peers.close(),
  };
}
