import { openPinning } from "../../blocks/ipfs/pinning.ts";
import type { Config } from "../../config/schema.ts";
import { readSecret } from "../../config/secret.ts";
import { failure, type Finding, ok, warn } from "./finding.ts";

const patienceMs = 15_000;

/** Whether this institution's Kubo and cluster peer answer, are of a private network, and see other institutions; nothing where the configuration has none. */
export async function checkIpfs(config: Config): Promise<Finding[]> {
  const { engine, cluster } = config.storage;
  if (engine !== "cluster" || cluster === null) return [];
  const check = "IPFS";
  let pinning: ReturnType<typeof openPinning> | null = null;
  try {
    const password = (await readSecret("storage.cluster.passwordFile", cluster.passwordFile)).toString("utf8");
    pinning = openPinning({ kuboUrl: cluster.kuboUrl, clusterUrl: cluster.url, user: cluster.user, password, now: Date.now });
    const signal = AbortSignal.timeout(patienceMs);
    await pinning.verify(signal);
    const { cluster: own, clusterPeers } = await pinning.identity(signal);
    const others = clusterPeers.filter((peer) => peer !== own);
    const able = await pinning.able(signal);
    const found = [ok(check, "Kubo and the cluster peer answer; the swarm is private")];
    if (!able.includes(own)) found.push(warn("IPFS: own Kubo", "the cluster peer cannot reach it, or it has no room", "Look at Kubo's free space (StorageMax) and at ipfs_connector.ipfshttp.node_multiaddress in service.json."));
    if (others.length === 0) found.push(warn("IPFS: cluster peers", "no other institution's cluster peer is connected", "Open the cluster's port outwards and inwards (9096 by convention), and compare peer_addresses and the secret with another member's."));
    else found.push(ok("IPFS: cluster peers", `${others.length} connected, ${able.filter((peer) => peer !== own).length} of them with room`));
    const troubled = await pinning.troubled(signal);
    const failed = troubled.filter(({ peers }) => peers.some(({ state }) => state === "failed")).length;
    if (failed > 0) found.push(warn("IPFS: copies", `${failed} ${failed === 1 ? "root has a copy" : "roots have copies"} that failed or do not answer`, "They are tried again by themselves; `fiducial status` names what lasts."));
    return found;
  } catch (error) {
    return [failure(check, error)];
  } finally {
    await pinning?.close();
  }
}
