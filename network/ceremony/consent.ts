import { z } from "zod";
import { fault } from "../../node-agent/src/model/fault.ts";
import { addressOfNode, nodeKeyOf } from "../besu/node-key.ts";
import type { Founding } from "./assemble.ts";
import { signerOf, signText } from "./signing.ts";

const shape = z.strictObject({
  format: z.literal("fiducial founding signature 1"),
  member: z.string(),
  statement: z.string(),
  signature: z.string().regex(/^0x[0-9a-f]{130}$/u),
});

/** One member's signature of a founding, made with the key of its first node. */
export type FoundingSignature = z.output<typeof shape>;

const purpose = "genesis 1";

/** Signs the founding with a node's key of 64 hex digits. Throws NETWORK_CEREMONY_WRONG when that key is of none of its members' first nodes. */
export function signFounding(founding: Founding, nodeSecret: string): FoundingSignature {
  const { publicKey, secret } = nodeKeyOf(nodeSecret);
  const member = founding.consortium.members.find(({ nodes }) => nodes[0]?.publicKey === publicKey);
  if (member === undefined) throw fault("NETWORK_CEREMONY_WRONG", { problems: ["this node's key belongs to no member of the founding: its submission is missing, or is not its member's first node"] });
  return { format: "fiducial founding signature 1", member: member.name, statement: founding.statement, signature: signText(secret, purpose, founding.statement) };
}

/** What is still missing or wrong until every member has signed exactly this founding, in sentences; empty when it holds. */
export function foundingProblems(founding: Founding, signatures: readonly { readonly what: string; readonly value: unknown }[]): string[] {
  const problems: string[] = [];
  const signed = new Set<string>();
  for (const { what, value } of signatures) {
    const parsed = shape.safeParse(value);
    if (!parsed.success) {
      problems.push(`${what} is no signature of a founding`);
      continue;
    }
    const { member: name, statement, signature } = parsed.data;
    const member = founding.consortium.members.find((one) => one.name === name);
    const key = member?.nodes[0]?.publicKey;
    if (key === undefined) problems.push(`${what} is of ${name}, who is not a member of this founding`);
    else if (statement !== founding.statement) problems.push(`${name} signed another founding: its terms or its submissions differ from those here`);
    else if (signerOf(signature, purpose, statement) !== addressOfNode(key)) problems.push(`the signature in ${what} was not made by the node of ${name}`);
    else signed.add(name);
  }
  for (const { name } of founding.consortium.members) if (!signed.has(name)) problems.push(`${name} has not signed`);
  return problems;
}
