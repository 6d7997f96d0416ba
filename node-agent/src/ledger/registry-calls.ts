import type { MemberId } from "../model/ids.ts";
import type { MemberNode, MemberProfile } from "../model/ledger-views.ts";
import { encodeCall } from "./abi-codec.ts";
import type { ContractAddresses } from "./contracts.ts";
import type { PlannedCall } from "./preflight.ts";

/** What a member says of itself in MemberRegistry: each replaces what stood there, so each may be repeated. Pure. */

export const setProfileCall = ({ memberRegistry: to }: Pick<ContractAddresses, "memberRegistry">, member: MemberId, { displayName, endpoint, openpgpSha256, spkiSha256 }: MemberProfile): PlannedCall => ({
  kind: "setProfile",
  to,
  data: encodeCall("memberRegistry", "setProfile", [member, [displayName, endpoint, openpgpSha256, spkiSha256]]),
});

export const setNodesCall = ({ memberRegistry: to }: Pick<ContractAddresses, "memberRegistry">, member: MemberId, nodes: readonly MemberNode[]): PlannedCall => ({
  kind: "setNodes",
  to,
  data: encodeCall("memberRegistry", "setNodes", [member, nodes.map(({ enodeKey, host, port, validator, ipfsPeerId, clusterPeerId }) => [enodeKey, host, port, validator, ipfsPeerId, clusterPeerId])]),
});
