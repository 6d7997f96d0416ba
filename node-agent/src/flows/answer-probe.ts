import { BlockList, isIP } from "node:net";
import { fault } from "../model/fault.ts";
import type { Digest, MemberId } from "../model/ids.ts";
import type { MemberView } from "../model/ledger-views.ts";
import type { DialedBack, ProbeAnswer } from "../model/probe.ts";
import type { Clock } from "../ports/clock.ts";
import type { Dial } from "../ports/dial.ts";
import type { LedgerIndex } from "../ports/ledger-index.ts";
import type { Registrar } from "../ports/registrar.ts";

/** What an agent needs to tell another member how it sees it. */
export type ProbeParts = {
  readonly self: MemberId;
  readonly chain: { readonly chainId: number; readonly genesisHash: Digest };
  readonly ledgerIndex: Pick<LedgerIndex, "cursor" | "member">;
  readonly registrar: Registrar;
  readonly dial: Dial;
  readonly clock: Pick<Clock, "now">;
  /** Whether our own chain node allows and is connected to a node key; null where that is not known. */
  readonly sees: (key: string) => { readonly allowed: boolean; readonly connected: boolean } | null;
};

/** A command asks a few times in a row (join, then doctor); a port scan needs many more. */
const mostAnswers = 5;
const windowMs = 20_000;
const dialMs = 4000;

/** Networks that lead nowhere, or somewhere else, for whoever is not in them: private (RFC 1918, RFC 4193), shared (RFC 6598), link-local and loopback addresses. */
const inner = new BlockList();
for (const [net, bits] of [["10.0.0.0", 8], ["172.16.0.0", 12], ["192.168.0.0", 16], ["100.64.0.0", 10], ["169.254.0.0", 16], ["127.0.0.0", 8], ["0.0.0.0", 8]] as const) inner.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [["fc00::", 7], ["fe80::", 10], ["::1", 128], ["::ffff:0:0", 96]] as const) inner.addSubnet(net, bits, "ipv6");

const isInner = (host: string): boolean => host === "localhost" || (isIP(host) !== 0 && inner.check(host, isIP(host) === 6 ? "ipv6" : "ipv4"));

function placesOf(view: MemberView): { readonly what: DialedBack["what"]; readonly host: string; readonly port: number }[] {
  const nodes = view.nodes.map(({ host, port }) => ({ what: "node" as const, host, port }));
  if (!URL.canParse(view.profile.endpoint)) return nodes;
  const url = new URL(view.profile.endpoint);
  return [{ what: "endpoint", host: url.hostname.replace(/^\[|\]$/gu, ""), port: url.port === "" ? 443 : Number(url.port) }, ...nodes];
}

/**
 * Answers a member that asks how it is seen from here. Only addresses that the asker itself registered are dialed, and private ones only where we are registered at a private one
 * ourselves: else a member could look around in our network. Five times in twenty seconds per member: throws PEER_PROBED_LATELY.
 */
export function createProbeAnswerer(parts: ProbeParts): (asker: MemberView) => Promise<ProbeAnswer> {
  const answered = new Map<MemberId, readonly number[]>();
  return async (asker) => {
    const { ledgerIndex, chain, clock, dial, registrar, sees } = parts;
    const now = clock.now();
    const lately = (answered.get(asker.id) ?? []).filter((at) => now - at < windowMs);
    if (lately.length >= mostAnswers) throw fault("PEER_PROBED_LATELY", { most: mostAnswers, seconds: windowMs / 1000 });
    answered.set(asker.id, [...lately, now]);
    const us = ledgerIndex.member(parts.self);
    const together = us !== null && placesOf(us).some(({ host }) => isInner(host));
    const dialed = await Promise.all(
      placesOf(asker).map(async ({ what, host, port }): Promise<DialedBack> => {
        const address = `${host}:${port}`;
        if (isInner(host) && !together) return { what, address, ok: false, reason: "private address" };
        const reason = await dial(host, port, dialMs);
        return { what, address, ok: reason === null, reason };
      }),
    );
    const cursor = ledgerIndex.cursor();
    return {
      you: { member: asker.id, status: asker.status, governor: asker.governor, governorNonce: await registrar.nonce(asker.governor) },
      now: clock.now(),
      chain: { ...chain, block: cursor === null ? null : { number: cursor.number, hash: cursor.hash } },
      nodes: asker.nodes.map(({ enodeKey }) => {
        const key = enodeKey.slice(2).toLowerCase();
        const seen = sees(key);
        return { key, allowed: seen?.allowed ?? null, connected: seen?.connected ?? null };
      }),
      dialed,
    };
  };
}
