import { InvalidArgumentError } from "commander";
import { type MemberId, memberId } from "../model/ids.ts";
import { type Purpose, purposes } from "../model/purpose.ts";
import { type Role, roles } from "../ports/accounts.ts";

/** Parsers of option values; each throws commander's InvalidArgumentError, which becomes exit status 2 with a sentence. */

export function memberOption(text: string): MemberId {
  if (!/^\d{1,10}$/u.test(text)) throw new InvalidArgumentError("a member is a whole number; `fiducial member list` shows them.");
  return memberId(Number(text));
}

/** A grantee: a member, or "any" for any active hospital (0 on chain). */
export const granteeOption = (text: string): MemberId => (text === "any" ? memberId(0) : memberOption(text));

export function purposeOption(text: string): Purpose {
  const found = purposes.find((purpose) => purpose === text.toUpperCase());
  if (found === undefined) throw new InvalidArgumentError(`a purpose is one of ${purposes.join(", ")}.`);
  return found;
}

export const purposesOption = (text: string): Purpose[] => text.split(",").map((part) => purposeOption(part.trim()));

export const countOption =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/u.test(text) || value < least || value > most) throw new InvalidArgumentError(`a whole number from ${least} to ${most}.`);
    return value;
  };

export function hex32Option(text: string): `0x${string}` {
  if (!/^0x[0-9a-fA-F]{64}$/u.test(text)) throw new InvalidArgumentError("0x and 64 hex digits.");
  return text.toLowerCase() as `0x${string}`;
}

export function addressOption(text: string): `0x${string}` {
  if (!/^0x[0-9a-fA-F]{40}$/u.test(text)) throw new InvalidArgumentError("an address is 0x and 40 hex digits.");
  return text.toLowerCase() as `0x${string}`;
}

/** A study: its id on chain, or its Study Instance UID. */
export function studyOption(text: string): string {
  if (!/^0x[0-9a-fA-F]{64}$/u.test(text) && !/^(?=.{1,64}$)\d+(?:\.\d+)*$/u.test(text)) throw new InvalidArgumentError("a study is named by its id (0x and 64 hex digits) or its Study Instance UID.");
  return text;
}

/** A proposal to the Council: p and its number, the number alone, or its id. Gives what the API takes. */
export function proposalOption(text: string): string {
  const [, number] = /^p?([1-9]\d{0,8})$/u.exec(text) ?? [];
  if (number !== undefined) return number;
  if (!/^0x[0-9a-fA-F]{64}$/u.test(text)) throw new InvalidArgumentError("a proposal is p and a number; `fiducial member list --proposals` shows them.");
  return text.toLowerCase();
}

/** Number of a proposed attestation. */
export function attestationOption(text: string): string {
  if (!/^[0-9a-f]{32}$/u.test(text)) throw new InvalidArgumentError("a proposal is 32 hex digits; `fiducial consent pending` shows them.");
  return text;
}

export const rolesOption = (text: string): Role[] =>
  text.split(",").map((part) => {
    const found = roles.find((role) => role === part.trim());
    if (found === undefined) throw new InvalidArgumentError(`a role is one of ${roles.join(", ")}.`);
    return found;
  });
