import { nodesOf } from "../consortium-file.ts";
import type { Consortium, ConsortiumMember, ConsortiumNode } from "../consortium-schema.ts";
import { agentSecrets } from "./agent-service.ts";
import { composeAddresses } from "./compose.ts";
import { type IpfsKeys, ipfsSecretTexts } from "./ipfs-services.ts";
import { besuOf, hasIpfs } from "./names.ts";

/** Where the secrets of the containers come from; null for what is not there. */
export type SecretSources = {
  /** A node's key, 64 hex digits. */
  readonly nodeKey: (node: ConsortiumNode, member: ConsortiumMember) => Promise<string | null>;
  readonly ipfs: (node: ConsortiumNode, member: ConsortiumMember) => Promise<IpfsKeys | null>;
  /** The sealed keyring and its passphrase. */
  readonly keyring: (member: ConsortiumMember) => Promise<{ readonly sealed: Uint8Array; readonly passphrase: Uint8Array } | null>;
};

/**
 * The content of every secret file of the compose project by its name, as far as the sources have it; who owns each is what `secretFiles` says.
 * `ownNetworks` as the compose file has it, since Kubo's and the cluster peer's configurations hold addresses.
 */
export async function secretTexts(consortium: Consortium, sources: SecretSources, ownNetworks?: string): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const addresses = composeAddresses(consortium, ownNetworks);
  const texts = new Map<string, string | Uint8Array>();
  for (const { member, node } of nodesOf(consortium)) {
    const key = await sources.nodeKey(node, member);
    if (key !== null) texts.set(besuOf(node), key);
    const ipfs = hasIpfs(node) ? await sources.ipfs(node, member) : null;
    if (hasIpfs(node) && ipfs !== null) for (const [name, text] of Object.entries(ipfsSecretTexts({ consortium, addresses, member, node }, ipfs))) texts.set(name, text);
  }
  for (const member of consortium.members.filter(({ nodes }) => nodes.length > 0)) {
    const wanted = agentSecrets(member);
    if (wanted.length === 0) continue;
    const keyring = await sources.keyring(member);
    const node = member.nodes.find(hasIpfs);
    const ipfs = node === undefined ? null : await sources.ipfs(node, member);
    for (const { source, target } of wanted) {
      const content = target.endsWith("keyring.sealed") ? keyring?.sealed : target.endsWith("passphrase") ? keyring?.passphrase : ipfs?.restPassword;
      if (content !== undefined) texts.set(source, content);
    }
  }
  return texts;
}
