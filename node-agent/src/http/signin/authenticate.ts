import type { Request } from "express";
import { fault } from "../../model/fault.ts";
import type { Accounts, Principal } from "../../ports/accounts.ts";
import type { FailureLimit } from "./failure-limit.ts";
import type { TokenVerifier } from "./oidc.ts";
import type { Sessions } from "./sessions.ts";

export type SignIn = {
  /** Name and password to principal, counted against the limit. Throws HTTP_SIGN_IN_FAILED or HTTP_SIGN_IN_LIMITED. */
  password(address: string, name: string, password: string): Promise<Principal>;
  /** The principal of a request's Authorization header. Throws HTTP_SIGN_IN_REQUIRED without one. */
  request(request: Request): Promise<Principal>;
};

/** The bearer token of an Authorization header (RFC 6750), or null. */
export function bearerOf(request: Request): string | null {
  return /^bearer +([\w.~+/-]+=*) *$/iu.exec(request.headers.authorization ?? "")?.[1] ?? null;
}

/** Name and password of HTTP Basic (RFC 7617, UTF-8), or null. */
function basicOf(request: Request): { readonly name: string; readonly password: string } | null {
  const encoded = /^basic +([\w+/-]+=*) *$/iu.exec(request.headers.authorization ?? "")?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? null : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

export const addressOf = (request: Request): string => request.socket.remoteAddress ?? "unknown";

/** Sign-in over the collaborators: session tokens first, then (where configured) the identity provider's JWTs, and HTTP Basic for DICOM tools. */
export function createSignIn(parts: {
  readonly accounts: Pick<Accounts, "verify">;
  readonly sessions: Sessions;
  readonly limit: FailureLimit;
  readonly tokens: TokenVerifier | null;
}): SignIn {
  /** Checks under way, by whom and from where: one at a time each, or a hundred guesses sent together would all pass the limit before the first has failed. */
  const turns = new Map<string, Promise<unknown>>();
  const password: SignIn["password"] = (address, name, secret) => {
    const key = `${address}\n${name}`;
    const turn = (turns.get(key) ?? Promise.resolve()).then(() => attempt(address, name, secret));
    const settled = turn.then(
      () => {},
      () => {},
    );
    turns.set(key, settled);
    void settled.then(() => (turns.get(key) === settled ? turns.delete(key) : false));
    return turn;
  };
  const attempt: SignIn["password"] = async (address, name, secret) => {
    parts.limit.check(address, name);
    const principal = await parts.accounts.verify(name, secret);
    if (principal === null) {
      parts.limit.failed(address, name);
      throw fault("HTTP_SIGN_IN_FAILED", { why: "name or password is wrong" });
    }
    parts.limit.succeeded(address, name);
    return principal;
  };
  return {
    password,
    request: async (request) => {
      if (request.headers.authorization === undefined) throw fault("HTTP_SIGN_IN_REQUIRED", {});
      const token = bearerOf(request);
      if (token !== null) {
        const principal = parts.sessions.find(token);
        if (principal !== null) return principal;
        if (parts.tokens !== null && token.split(".").length === 3) return await parts.tokens(token);
        throw fault("HTTP_SIGN_IN_FAILED", { why: "the token is unknown or has expired" });
      }
      const basic = basicOf(request);
      if (basic === null) throw fault("HTTP_SIGN_IN_FAILED", { why: "the Authorization header is neither Basic nor Bearer" });
      return await password(addressOf(request), basic.name, basic.password);
    },
  };
}
