import { z } from "zod";
import { fault } from "../../node-agent/src/model/fault.ts";
import { addressOfNode } from "../besu/node-key.ts";
import { memberShape } from "../consortium-schema.ts";
import type { Hex } from "../hex.ts";
import { canonicalJson } from "./canonical.ts";
import { signerOf, signText } from "./signing.ts";

const signature = z.string().regex(/^0x[0-9a-f]{130}$/u, "is no signature");
const applicant = memberShape.omit({ id: true });

const shape = z.strictObject({
  format: z.literal("fiducial submission 1"),
  member: applicant,
  /** By each node's key, in the order of the nodes, and by the governor's: whoever submits holds what is named. */
  signatures: z.strictObject({ nodes: z.array(signature).min(1).max(16), governor: signature }),
});

/** What one institution brings to the founding: public keys, addresses and digests, signed by every key that it names. Holds no secret. */
export type Submission = z.output<typeof shape>;
export type Applicant = z.output<typeof applicant>;

const purpose = "submission 1";

/** Makes and signs a submission; `keys` are the nodes' in the order of `member.nodes`, each 64 hex digits. Throws NETWORK_CEREMONY_WRONG when they do not belong together. */
export function makeSubmission(member: z.input<typeof applicant>, keys: { readonly nodes: readonly string[]; readonly governor: string }): Submission {
  const whole = applicant.safeParse(member);
  if (!whole.success) throw fault("NETWORK_CEREMONY_WRONG", { problems: whole.error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`) });
  const text = canonicalJson(whole.data);
  const made = { format: "fiducial submission 1", member: whole.data, signatures: { nodes: keys.nodes.map((key) => signText(key, purpose, text)), governor: signText(keys.governor.replace(/^0x/u, ""), purpose, text) } };
  return readSubmission(made, `the submission of ${member.name}`);
}

/** Checks form and every signature. `what` names the file in sentences. Throws NETWORK_CEREMONY_WRONG. */
export function readSubmission(value: unknown, what: string): Submission {
  const refuse = (...problems: string[]) => fault("NETWORK_CEREMONY_WRONG", { problems: problems.map((problem) => `${what}: ${problem}`) });
  const parsed = shape.safeParse(value);
  if (!parsed.success) throw refuse(...parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".")} ${message}`));
  const { member, signatures } = parsed.data;
  const text = canonicalJson(member);
  const problems: string[] = [];
  for (const [at, { name, publicKey }] of member.nodes.entries()) {
    const made: Hex | null = signerOf(signatures.nodes[at] ?? "", purpose, text);
    if (made !== addressOfNode(publicKey)) problems.push(`node ${name} did not sign this: it was changed, or its key is another`);
  }
  if (signatures.nodes.length !== member.nodes.length) problems.push(`${member.nodes.length} nodes and ${signatures.nodes.length} signatures`);
  if (signerOf(signatures.governor, purpose, text) !== member.governor) problems.push("the governor did not sign this: it was changed, or its key is another");
  if (problems.length > 0) throw refuse(...problems);
  return parsed.data;
}
