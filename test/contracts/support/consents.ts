import type { Address, Hex } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import type { Sent } from "./chain.ts";
import { day, mask, purpose, zero, type StudyOf, type World } from "./world.ts";

export type Terms = {
  readonly grantee: number;
  readonly purposes?: number;
  readonly notBefore?: number;
  readonly expiry?: number;
  readonly creditAccount?: Address;
  readonly nonce?: bigint;
};

export const types = {
  Consent: [
    { name: "studyId", type: "bytes32" },
    { name: "grantee", type: "uint32" },
    { name: "purposes", type: "uint16" },
    { name: "notBefore", type: "uint48" },
    { name: "expiry", type: "uint48" },
    { name: "creditAccount", type: "address" },
    { name: "nonce", type: "uint256" },
  ],
  Revocation: [
    { name: "studyId", type: "bytes32" },
    { name: "grantee", type: "uint32" },
    { name: "nonce", type: "uint256" },
  ],
} as const;

export const domain = (world: World) => ({
  name: "Fiducial Consent",
  version: "1",
  chainId: 20252,
  verifyingContract: world.consents.address,
});

export const nonceOf = (world: World, study: StudyOf, grantee: number): Promise<bigint> =>
  world.read<bigint>(world.consents, "nonce", [study.id, grantee]);

/** The message of a consent: TREAT for 30 days from now unless said otherwise, with the next nonce. */
export async function consentFor(world: World, study: StudyOf, terms: Terms) {
  const now = await world.now();
  return {
    studyId: study.id,
    grantee: terms.grantee,
    purposes: terms.purposes ?? mask(purpose.TREAT),
    notBefore: terms.notBefore ?? now,
    expiry: terms.expiry ?? now + 30 * day,
    creditAccount: terms.creditAccount ?? zero,
    nonce: terms.nonce ?? (await nonceOf(world, study, terms.grantee)),
  };
}

export const signConsent = (world: World, message: Awaited<ReturnType<typeof consentFor>>, by: PrivateKeyAccount): Promise<Hex> =>
  by.signTypedData({ domain: domain(world), types, primaryType: "Consent", message });

/** The patient signs and hospital `relayer` (1 unless said otherwise) relays. */
export async function grant(world: World, study: StudyOf, terms: Terms, relayer = 1): Promise<Sent> {
  const message = await consentFor(world, study, terms);
  const signature = await signConsent(world, message, study.patient);
  return world.send(world.operator(relayer), world.consents, "grantBySig", [message, study.patient.address, signature]);
}

export async function revocationFor(world: World, study: StudyOf, grantee: number) {
  const message = { studyId: study.id, grantee, nonce: await nonceOf(world, study, grantee) };
  const signature = await study.patient.signTypedData({ domain: domain(world), types, primaryType: "Revocation", message });
  return { message, signature };
}

export async function revoke(world: World, study: StudyOf, grantee: number, relayer = 1): Promise<Sent> {
  const { message, signature } = await revocationFor(world, study, grantee);
  return world.send(world.operator(relayer), world.consents, "revokeBySig", [message, study.patient.address, signature]);
}
