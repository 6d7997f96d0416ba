import { fault } from "../../model/fault.ts";
import { type Principal, type Role, roles } from "../../ports/accounts.ts";
import type { Guard } from "../mount.ts";
import type { SignIn } from "../signin/authenticate.ts";

/** Whoever has not signed in, on routes open to the public. */
export const nobody: Principal = { name: "", roles: [], patient: null };

const isRole = (audience: string): audience is Role => roles.some((role) => role === audience);

/** Signs the caller in and holds the policy row's audiences against its roles. Throws the sign-in faults (401) or HTTP_FORBIDDEN. */
export function createClinicalGuard(signIn: SignIn): Guard<Principal> {
  return async (row, request) => {
    if (row.audiences.includes("public")) return nobody;
    const principal = await signIn.request(request);
    if (row.audiences.includes("signedIn")) return principal;
    if (!row.audiences.some((audience) => isRole(audience) && principal.roles.includes(audience))) {
      throw fault("HTTP_FORBIDDEN", { need: row.audiences.join(" or ") });
    }
    return principal;
  };
}
