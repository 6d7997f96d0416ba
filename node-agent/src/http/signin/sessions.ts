import { createHash, randomBytes } from "node:crypto";
import type { Principal } from "../../ports/accounts.ts";
import type { Clock } from "../../ports/clock.ts";

/** Signed-in sessions, in memory only: a restart signs everybody out. Tokens are opaque and kept as SHA-256, so a memory dump shows none. */
export type Sessions = {
  /** A new token for the principal (43 characters, 256 random bits) and when it ends, in milliseconds since the epoch. */
  open(principal: Principal): { readonly token: string; readonly expiresAt: number };
  /** Who holds the token, or null when it is unknown or expired, or its account is not what it was at sign-in. */
  find(token: string): Principal | null;
  close(token: string): void;
  /** Ends every session of an account: after its removal or a new password. */
  closeAllOf(name: string): void;
};

const lifetimeMilliseconds = 8 * 3_600_000;
/** Far above what one hospital has; the oldest session ends when it is reached. */
const mostSessions = 10_000;

const keyOf = (token: string): string => createHash("sha256").update(token).digest("base64");

/** `markOf` gives what changes with an account: the command line works on the accounts of a running agent too, and no session outlives its account. */
export function createSessions(clock: Pick<Clock, "now">, markOf: (name: string) => string | null = () => null): Sessions {
  const held = new Map<string, { readonly principal: Principal; readonly expiresAt: number; readonly mark: string | null }>();
  return {
    open: (principal) => {
      const now = clock.now();
      for (const [key, session] of held) {
        if (session.expiresAt > now && held.size < mostSessions) break;
        held.delete(key);
      }
      const token = randomBytes(32).toString("base64url");
      const expiresAt = now + lifetimeMilliseconds;
      held.set(keyOf(token), { principal, expiresAt, mark: markOf(principal.name) });
      return { token, expiresAt };
    },
    find: (token) => {
      const session = held.get(keyOf(token));
      if (session === undefined || session.expiresAt <= clock.now()) return null;
      return session.mark === markOf(session.principal.name) ? session.principal : null;
    },
    close: (token) => {
      held.delete(keyOf(token));
    },
    closeAllOf: (name) => {
      for (const [key, session] of held) if (session.principal.name === name) held.delete(key);
    },
  };
}
