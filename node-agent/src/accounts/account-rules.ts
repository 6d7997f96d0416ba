import { fault } from "../model/fault.ts";
import { type Principal, roles } from "../ports/accounts.ts";

/** Lower case only, so that no two names look alike; no colon, because HTTP Basic (RFC 7617) ends the name there. */
const nameForm = /^[a-z0-9][a-z0-9._@-]{0,63}$/u;
const leastPassword = 10;
/** Bytes. Longer ones buy nothing and cost hashing time before anybody is signed in. */
export const mostPassword = 1024;

/** Throws ACCOUNT_INVALID for a name, password or role that cannot be used. `sealing` says whether patient links can be kept here. */
export function checkAccount(account: Principal & { readonly password: string }, sealing: boolean): void {
  const refuse = (why: string): never => {
    throw fault("ACCOUNT_INVALID", { why });
  };
  if (!nameForm.test(account.name)) refuse("the name has a form that is not allowed");
  // Code points of the composed form: what a person would count.
  const password = account.password.normalize("NFC");
  if ([...password].length < leastPassword) refuse(`the password has fewer than ${leastPassword} characters`);
  if (Buffer.byteLength(password) > mostPassword) refuse(`the password is longer than ${mostPassword} bytes`);
  if (account.roles.length === 0) refuse("it has no role");
  if (account.roles.some((role) => !roles.includes(role))) refuse("it has an unknown role");
  if (new Set(account.roles).size !== account.roles.length) refuse("it has a role twice");
  if (account.roles.includes("patient") && account.roles.length > 1) refuse("a patient account has no other role");
  if (account.roles.includes("patient") !== (account.patient !== null)) refuse("the role patient and the link to a patient go together");
  if (account.patient !== null && account.patient.patientId.trim() === "") refuse("the link to the patient has no Patient ID");
  if (account.patient !== null && !sealing) refuse("this agent has no keyring to seal the link to a patient with");
}
