import type { Hex } from "viem";
import type { Sent } from "./chain.ts";
import { grant, type Terms } from "./consents.ts";
import { fresh, mask, purpose, type StudyOf, type World } from "./world.ts";

export const outcome = { None: 0, Granted: 1, Denied: 2 } as const;
export const state = { None: 0, Denied: 1, Granted: 2, Delivered: 3, Acknowledged: 4, Disputed: 5, Expired: 6 } as const;
export const verdict = { None: 0, Pending: 1, Justified: 2, Unjustified: 3 } as const;
export const reason = {
  None: 0,
  UnknownStudy: 1,
  StudyWithdrawn: 2,
  NoConsent: 3,
  ConsentRevoked: 4,
  ConsentNotYetValid: 5,
  ConsentExpired: 6,
  PurposeNotCovered: 7,
  CreditTooLow: 8,
  QuotaExceeded: 9,
  OpenRequestLimit: 10,
  CustodianInactive: 11,
  RequesterInactive: 12,
} as const;

export type RequestView = {
  readonly studyId: Hex;
  readonly requester: number;
  readonly custodian: number;
  readonly purpose: number;
  readonly outcome: number;
  readonly reason: number;
  readonly state: number;
  readonly review: number;
  readonly accused: number;
  readonly requestedAt: number;
  readonly dueBy: number;
  readonly creditAccount: Hex;
};

export type Asked = { readonly id: Hex; readonly sent: Sent };

/** Hospital `requester` asks for a study. */
export async function ask(world: World, study: Hex, requester: number, why: number = purpose.TREAT, id: Hex = fresh()): Promise<Asked> {
  return { id, sent: await world.send(world.operator(requester), world.access, "request", [id, study, why]) };
}

export const requestOf = (world: World, id: Hex): Promise<RequestView> => world.read<RequestView>(world.access, "accessRequest", [id]);

/** A study of hospital `custodian` with a consent for `requester`, asked for and granted. */
export async function granted(world: World, custodian: number, requester: number, why: number = purpose.TREAT, terms: Partial<Terms> = {}): Promise<{ id: Hex; study: StudyOf }> {
  const study = await world.register(custodian);
  if (why !== purpose.ETREAT) await grant(world, study, { grantee: requester, purposes: mask(why), ...terms });
  const { id } = await ask(world, study.id, requester, why);
  return { id, study };
}

export async function delivered(world: World, custodian: number, requester: number, why: number = purpose.TREAT, terms: Partial<Terms> = {}) {
  const made = await granted(world, custodian, requester, why, terms);
  await world.send(world.operator(custodian), world.access, "deliver", [made.id, fresh()]);
  return made;
}

/** The whole good path; gives the acknowledging transaction. */
export async function acknowledged(world: World, custodian: number, requester: number, why: number = purpose.TREAT, terms: Partial<Terms> = {}) {
  const made = await delivered(world, custodian, requester, why, terms);
  const sent = await world.send(world.operator(requester), world.access, "acknowledge", [made.id, fresh()]);
  return { ...made, sent };
}
