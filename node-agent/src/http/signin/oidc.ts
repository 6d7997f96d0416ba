import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from "jose";
import { fault } from "../../model/fault.ts";
import { type Principal, type Role, roles } from "../../ports/accounts.ts";

export type OidcOptions = {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
  /** Claim that holds the roles, dotted for nested claims (`realm_access.roles`). */
  readonly rolesClaim: string;
};

/** Turns a bearer JWT into a principal. Throws HTTP_SIGN_IN_FAILED with the reason's kind, HTTP_IDENTITY_PROVIDER_UNREACHABLE when the keys cannot be had. */
export type TokenVerifier = (token: string) => Promise<Principal>;

/** Pinned: what a token's header says never widens this (RFC 8725 section 3.1). */
const algorithms = ["RS256", "ES256", "EdDSA"];
const clockToleranceSeconds = 30;

function claimAt(payload: JWTPayload, path: string): unknown {
  let value: unknown = payload;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/** Roles of ours in the claim (a list, or words in a string). `patient` is not taken from a token: a patient account is a link made here. */
function rolesIn(claim: unknown): Role[] {
  const words: readonly unknown[] = Array.isArray(claim) ? claim : typeof claim === "string" ? claim.split(/[\s,]+/u) : [];
  return roles.filter((role) => role !== "patient" && words.includes(role));
}

/** A verifier for one issuer (OpenID Connect Core 1.0). `keys` is for tests with another key source; by default the JWKS URI, cached and refreshed on an unknown key id. */
export function createTokenVerifier(options: OidcOptions, keys?: JWTVerifyGetKey): TokenVerifier {
  const keySet = keys ?? createRemoteJWKSet(new URL(options.jwksUri), { timeoutDuration: 5_000, cooldownDuration: 30_000 });
  return async (token) => {
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, keySet, {
        issuer: options.issuer,
        audience: options.audience,
        algorithms,
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ["exp", "sub"],
      }));
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw fault("HTTP_SIGN_IN_FAILED", { why: "the token has expired" });
      if (error instanceof errors.JWTClaimValidationFailed) throw fault("HTTP_SIGN_IN_FAILED", { why: `the token's ${error.claim} claim is not right` });
      const keysMissing = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || !(error instanceof errors.JOSEError) || error.code === "ERR_JOSE_GENERIC";
      if (keysMissing) throw fault("HTTP_IDENTITY_PROVIDER_UNREACHABLE", {}, error);
      throw fault("HTTP_SIGN_IN_FAILED", { why: "the token does not verify" });
    }
    // Names in a token may be changed by whom they name (Core 5.7): two people for an attestation are told apart by `sub` alone.
    const { sub } = payload;
    if (sub === undefined || sub === "") throw fault("HTTP_SIGN_IN_FAILED", { why: "the token names nobody" });
    return { name: `oidc:${sub}`, roles: rolesIn(claimAt(payload, options.rolesClaim)), patient: null };
  };
}
