import { newNodeKey } from "../../network/besu/node-key.ts";
import type { ConsortiumInput } from "../../network/consortium-schema.ts";

const account = (at: number) => `0x${(0xb000_0000 + at).toString(16).padStart(40, "0")}`;
const digest = (at: number) => `0x${at.toString(16).padStart(64, "0")}`;

/** A consortium of so many hospitals with a validator each, and one observer with a node; keys are made anew. */
export function someConsortium(hospitals = 4): ConsortiumInput {
  const members: ConsortiumInput["members"] = Array.from({ length: hospitals }, (_unused, at) => ({
    id: at + 1,
    name: `Hospital ${at + 1}`,
    kind: "hospital" as const,
    governor: account(10 * at + 1),
    operators: [account(10 * at + 2)],
    profile: { endpoint: `https://agent.hospital-${at + 1}.example:8443`, openpgpSha256: digest(2 * at + 1), spkiSha256: digest(2 * at + 2) },
    nodes: [{ name: `hospital-${at + 1}`, publicKey: newNodeKey().publicKey, host: `10.20.0.${at + 1}` }],
  }));
  const regulator = {
    id: hospitals + 1,
    name: "Regulator",
    kind: "observer" as const,
    governor: account(999),
    nodes: [{ name: "regulator", publicKey: newNodeKey().publicKey, host: "10.20.0.250", validator: false }],
  };
  return { name: "Pilot", chainId: 20_252, guardians: [account(1000)], reviewers: [account(1001)], members: [...members, regulator] };
}
