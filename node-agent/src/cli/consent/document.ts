import { z } from "zod";
import { fault } from "../../model/fault.ts";
import type { TypedData } from "../../model/typed-data.ts";
import { readJson } from "../files.ts";

/**
 * What travels between the three steps as a file: prepared by an agent, signed where the wallet is (no network needed), submitted to any agent.
 * `account` is the hospital whose wallet account holds the key, the study's custodian.
 */
export type ConsentDocument = {
  readonly kind: "consent" | "revocation";
  readonly account: number;
  readonly terms: Readonly<Record<string, unknown>>;
  readonly typedData: TypedData;
  readonly signer: string;
  readonly addressIndex: number | null;
  readonly signature: `0x${string}` | null;
};

const form = z.strictObject({
  kind: z.enum(["consent", "revocation"]),
  account: z.int().min(1),
  terms: z.record(z.string(), z.unknown()),
  typedData: z.strictObject({
    types: z.record(z.string(), z.array(z.strictObject({ name: z.string(), type: z.string() }))),
    primaryType: z.string(),
    domain: z.strictObject({ name: z.string(), version: z.string(), chainId: z.int(), verifyingContract: z.templateLiteral(["0x", z.string()]) }),
    message: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
  signer: z.string().regex(/^0x[0-9a-f]{40}$/u),
  addressIndex: z.int().min(0).nullable(),
  signature: z.templateLiteral(["0x", z.string()]).nullable(),
});

/** Reads such a file. Throws CLI_FILE. */
export async function readDocument(file: string): Promise<ConsentDocument> {
  const parsed = form.safeParse(await readJson(file));
  if (!parsed.success) throw fault("CLI_FILE", { file, why: "it is not a consent document as `fiducial consent prepare` writes it" });
  return parsed.data;
}
