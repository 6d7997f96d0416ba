import { Pool } from "undici";
import { fault } from "../model/fault.ts";
import type { MemberId } from "../model/ids.ts";
import type { MemberProfile } from "../model/ledger-views.ts";
import { pinnedConnector, type TlsCredentials } from "./pinned-connector.ts";

/** What the registry says of an active member, or null when it is not one (now). */
export type ProfileOf = (member: MemberId) => MemberProfile | null;

export type Connections = {
  /** The pool for a member as registered now, with the path its endpoint begins with. Throws PEER_UNKNOWN_MEMBER. */
  to(member: MemberId): { readonly pool: Pool; readonly profile: MemberProfile; readonly basePath: string };
  close(): Promise<void>;
};

type Open = { readonly pool: Pool; readonly endpoint: string; readonly spki: string };

/**
 * One small pool of pinned connections per member. When a member registers another key or endpoint, its old connections are given up,
 * so that a rotated or expelled key is not talked to any longer.
 */
export function openConnections(options: {
  readonly credentials: TlsCredentials;
  readonly profileOf: ProfileOf;
  readonly connectMs: number;
  readonly headersMs: number;
  readonly bodyMs: number;
}): Connections {
  const pools = new Map<MemberId, Open>();
  const retire = (open: Open) => void open.pool.destroy().catch(() => {});
  return {
    to(member) {
      const profile = options.profileOf(member);
      const known = pools.get(member);
      const url = profile === null ? null : endpointOf(profile.endpoint);
      if (profile === null || url === null) {
        if (known !== undefined) {
          pools.delete(member);
          retire(known);
        }
        throw fault("PEER_UNKNOWN_MEMBER", { member });
      }
      const basePath = url.pathname.replace(/\/+$/u, "");
      if (known?.endpoint === profile.endpoint && known.spki === profile.spkiSha256) return { pool: known.pool, profile, basePath };
      if (known !== undefined) retire(known);
      const pool = new Pool(url.origin, {
        connections: 6,
        connect: pinnedConnector({ spkiSha256: profile.spkiSha256, credentials: options.credentials, timeoutMs: options.connectMs }),
        headersTimeout: options.headersMs,
        bodyTimeout: options.bodyMs,
        keepAliveTimeout: 20_000,
        pipelining: 1,
      });
      pools.set(member, { pool, endpoint: profile.endpoint, spki: profile.spkiSha256 });
      return { pool, profile, basePath };
    },
    async close() {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map(({ pool }) => pool.destroy()));
    },
  };
}

/** The https base URL of an endpoint, or null when a member registered none that can be used. */
function endpointOf(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === "https:" ? url : null;
}
