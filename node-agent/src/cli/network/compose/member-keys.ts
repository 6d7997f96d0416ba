import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { nodeKeyOf } from "../../../../../network/besu/node-key.ts";
import type { SecretSources } from "../../../../../network/compose/secrets.ts";
import { nodesOf } from "../../../../../network/consortium-file.ts";
import type { Consortium } from "../../../../../network/consortium-schema.ts";
import { fault } from "../../../model/fault.ts";
import { hasIpfsIdentities, hexSecretIn, ipfsIdentitiesIn } from "../ipfs-keys.ts";
import { exists, placesIn } from "../join-keys.ts";

/** What all members' Kubos and cluster peers share is kept here, beside the members' folders. */
const shared = "shared";

/** A node's key in a member's folder; null for a file that is none. */
async function keyIn(file: string): Promise<{ readonly publicKey: string; readonly secret: string } | null> {
  const text = await readFile(file, "utf8").catch(() => null);
  try {
    return text === null ? null : nodeKeyOf(text);
  } catch {
    return null;
  }
}

const foldersIn = async (folder: string): Promise<string[]> =>
  (
    await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      throw fault("CLI_FILE", { file: folder, why: error.code ?? "unknown" }, error);
    })
  )
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name));

/**
 * The keys of this consortium's members in `folder`, which holds one folder for each, as `fiducial network key --dir` makes them. Which is whose is seen from the
 * nodes' public keys, so the folders may have any name. What is missing in a member's Kubo and cluster secrets (the REST password, what all share) is made and kept
 * there. Throws CLI_FILE, and CLI_USAGE for identities that the consortium file does not name.
 */
export async function memberKeysIn(folder: string, consortium: Consortium): Promise<SecretSources> {
  const secrets = new Map<string, string>();
  const homes = new Map<number, string>();
  const nodes = nodesOf(consortium);
  for (const home of await foldersIn(folder)) {
    if (basename(home) === shared) continue;
    for (const place of await foldersIn(home)) {
      const key = await keyIn(join(place, "key"));
      const found = nodes.find(({ node }) => node.publicKey === key?.publicKey);
      if (key === null || found === undefined) continue;
      secrets.set(found.node.name, key.secret);
      homes.set(found.member.id, home);
    }
  }
  return {
    nodeKey: async ({ name }) => secrets.get(name) ?? null,
    async keyring({ id }) {
      const home = homes.get(id);
      const places = home === undefined ? null : placesIn(home);
      if (places === null || !(await exists(join(places.keyring, "keyring.sealed"))) || !(await exists(places.passphrase))) return null;
      return { sealed: await readFile(join(places.keyring, "keyring.sealed")), passphrase: await readFile(places.passphrase) };
    },
    async ipfs(node, { id }) {
      const home = homes.get(id);
      if (home === undefined) return null;
      const own = placesIn(home).ipfs;
      if (!(await hasIpfsIdentities(own))) return null;
      const { kubo, cluster } = await ipfsIdentitiesIn(own);
      if (kubo.peerId !== node.ipfs?.peerId || cluster.peerId !== node.cluster?.peerId) throw fault("CLI_USAGE", { why: `the seeds in ${own} are of other peers than the consortium file names for ${node.name}` });
      const both = join(folder, shared);
      return { kubo, cluster, restPassword: await hexSecretIn(own, "rest-password"), swarmKey: await hexSecretIn(both, "swarm-key"), clusterSecret: await hexSecretIn(both, "cluster-secret") };
    },
  };
}
