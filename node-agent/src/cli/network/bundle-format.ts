import { createHash } from "node:crypto";
import { z } from "zod";
import { parseEnode } from "../../consortium/enode.ts";
import { fault } from "../../model/fault.ts";
import { type Address, address, digest, memberId } from "../../model/ids.ts";
import type { TypedData } from "../../model/typed-data.ts";
import { genesisHashOf, readGenesis } from "../../proof/genesis.ts";
import { recoverSigner } from "../../wallet/recover.ts";

const hex = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`, "u"), `0x and ${2 * bytes} hex digits`);
const account = hex(20).transform(address);
const hash = hex(32).transform(digest);
const enode = z.string().refine((text) => parseEnode(text) !== null, "no enode URL");
const contracts = z.strictObject({
  memberRegistry: account,
  studyRegistry: account,
  consentRegistry: account,
  accessLedger: account,
  creditLedger: account,
  consortiumAuthority: account,
  council: account.nullable(),
  timelock: account.nullable(),
  /** Absent in bundles of consortia without a panel. No default may be filled in here: what is signed is the content as it was made. */
  guardianPanel: account.nullable().optional(),
});

const applicationFormat = "fiducial application 1";

/** What an outsider hands to a member: everything public that a member needs to propose its admission and to make its bundle. */
export const applicationForm = z.strictObject({
  format: z.literal(applicationFormat),
  admission: z.strictObject({ kind: z.literal("hospital"), displayName: z.string().min(1).max(128), endpoint: z.url({ protocol: /^https$/u }).max(256), operator: account, openpgpSha256: hash, spkiSha256: hash }),
  governor: account,
  /** OpenPGP certificate, base64 of its binary form. */
  certificate: z.base64(),
  enode,
});
export type Application = z.output<typeof applicationForm>;

const content = z.strictObject({
  format: z.literal("fiducial bundle 1"),
  chainId: z.int().min(1),
  genesisHash: hash,
  /** The genesis file, whole. */
  genesis: z.looseObject({}),
  /** A block of the time when the bundle was made: a chain that does not contain it is another one. */
  recentBlock: z.strictObject({ number: z.int().min(0), hash, timestamp: z.int().min(0) }),
  enodes: z.array(enode).min(1).max(1000),
  contracts,
  deployedAtBlock: z.int().min(0),
  /** Members whose agents answer the joiner while its own node has no chain yet. */
  members: z.array(z.strictObject({ id: z.int().min(1).max(0xffff_ffff).transform(memberId), displayName: z.string().max(128), endpoint: z.string().max(256), openpgpSha256: hash, spkiSha256: hash })).max(1000),
  /** Swarm key and cluster secret as an OpenPGP message (base64) for the certificate with this digest; null where the consortium shares none. */
  ipfs: z.strictObject({ sealedFor: hash, sealed: z.base64() }).nullable(),
  madeBy: z.strictObject({ member: z.int().min(1).max(0xffff_ffff).transform(memberId), operator: account }),
});
export type BundleContent = z.output<typeof content>;
const bundleForm = z.strictObject({ content, signature: hex(65) });
export type Bundle = z.output<typeof bundleForm>;

/** JSON with the keys of every object in order, so that the same content is the same bytes. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return `{${entries.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`).join(",")}}`;
}

/** What the member's operator key signs. */
export function bundleDocument(bundle: BundleContent): TypedData {
  return {
    types: { JoinBundle: [{ name: "member", type: "uint32" }, { name: "content", type: "bytes32" }] },
    primaryType: "JoinBundle",
    domain: { name: "Fiducial", version: "1", chainId: bundle.chainId, verifyingContract: bundle.contracts.memberRegistry },
    message: { member: bundle.madeBy.member, content: `0x${createHash("sha256").update(canonical(bundle)).digest("hex")}` },
  };
}

const formatOf = (value: unknown): unknown => (typeof value === "object" && value !== null && "format" in value ? value.format : null);

const unfit = (why: string): Error => fault("NETWORK_BUNDLE_UNFIT", { why });

/**
 * Reads a bundle and checks what can be checked without a chain: its form, that the genesis file has the hash it names, and that the operator it names signed it.
 * Whether that operator belongs to an active member is checked on the joiner's own node once it has the chain. Throws NETWORK_BUNDLE_UNFIT.
 */
export function readBundle(value: unknown): Bundle {
  if (formatOf(value) === applicationFormat) throw unfit("it is an application, which a member makes a bundle from");
  const parsed = bundleForm.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw unfit(`${issue?.path.map(String).join(".") ?? "it"}: ${issue?.message ?? "is not of this form"}`);
  }
  const { content: given, signature } = parsed.data;
  let actual: string;
  try {
    actual = genesisHashOf(readGenesis(given.genesis));
  } catch {
    throw unfit("its genesis file is none");
  }
  if (actual !== given.genesisHash) throw unfit(`its genesis file has the hash ${actual}, it names ${given.genesisHash}`);
  const signer: Address | null = recoverSigner(bundleDocument(given), signature);
  if (signer !== given.madeBy.operator) throw unfit("its signature is not of the operator it names: it was changed, or never signed");
  return parsed.data;
}

/** Reads an application. Throws NETWORK_BUNDLE_UNFIT. */
export function readApplication(value: unknown): Application {
  if (typeof value === "object" && value !== null && "signature" in value) throw unfit("it is a bundle, not an application");
  const parsed = applicationForm.safeParse(value);
  if (!parsed.success) throw unfit(`the application: ${parsed.error.issues[0]?.path.map(String).join(".") ?? ""} ${parsed.error.issues[0]?.message ?? ""}`);
  return parsed.data;
}
