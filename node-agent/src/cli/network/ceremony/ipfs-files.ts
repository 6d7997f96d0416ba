import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { isIpfsNode, memberIpfsFiles } from "../../../../../network/ipfs/member-files.ts";
import { loadConsortium, nodesOf } from "../../../../../network/consortium-file.ts";
import { readSecret } from "../../../config/secret.ts";
import { fault } from "../../../model/fault.ts";
import { contextOf } from "../../context.ts";
import { writeWhole } from "../../files.ts";
import type { Io } from "../../io.ts";
import { fields } from "../../text.ts";
import { countOption } from "../../values.ts";
import { hasIpfsIdentities, hexSecretIn, ipfsIdentitiesIn } from "../ipfs-keys.ts";

type Options = { readonly consortium: string; readonly node: string; readonly dir: string; readonly swarmKey: string; readonly clusterSecret: string; readonly bindHost: string; readonly rpcPort: number; readonly restPort: number; readonly storageMax: string };

const help = `
Example:
  fiducial network ipfs-files --consortium founding/consortium.yaml --node north --dir /etc/fiducial/ipfs --swarm-key swarm-key --cluster-secret cluster-secret

Writes kubo.json, swarm.key, service.json and identity.json beside the seeds that \`fiducial network key --ipfs\` made, each readable by you only. One member makes the two shared secrets
(64 hex digits each: openssl rand -hex 32) and hands them to the others as it would any key; whoever joins later gets them sealed in its bundle.
`;

/** The 64 hex digits of a shared secret; a swarm.key file of libp2p is taken as well. */
async function sharedSecret(option: string, file: string): Promise<string> {
  const text = (await readSecret(option, file)).toString("utf8").trim();
  const digits = /^(?:\/key\/swarm\/psk\/1\.0\.0\/\s+\/base16\/\s+)?([0-9a-f]{64})$/u.exec(text)?.[1];
  if (digits === undefined) throw fault("CLI_FILE", { file, why: "it holds no secret of 64 lower-case hex digits" });
  return digits;
}

/** `fiducial network ipfs-files` */
export function registerIpfsFiles(network: Command, io: Io): void {
  network
    .command("ipfs-files")
    .description("what a member's own Kubo and cluster peer need to start, from the consortium file")
    .requiredOption("--consortium <file>", "the consortium file")
    .requiredOption("--node <name>", "name of the node that they run beside")
    .requiredOption("--dir <folder>", "the folder with the seeds; the files go there too")
    .requiredOption("--swarm-key <file>", "the swarm key that all members share")
    .requiredOption("--cluster-secret <file>", "the cluster secret that all members share")
    .option("--bind-host <ip>", "address that the two swarm listeners bind to; RPC and REST stay on loopback", "0.0.0.0")
    .option("--rpc-port <port>", "Kubo's RPC", countOption(1, 65_535), 5001)
    .option("--rest-port <port>", "the cluster peer's REST", countOption(1, 65_535), 9094)
    .option("--storage-max <size>", "size from which Kubo calls its disk full", "500GB")
    .addHelpText("after", help)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const consortium = await loadConsortium(options.consortium);
      const found = nodesOf(consortium).find(({ node }) => node.name === options.node);
      if (found === undefined) throw fault("CLI_USAGE", { why: `the consortium has no node ${options.node}; it has ${nodesOf(consortium).map(({ node }) => node.name).join(", ")}` });
      const { member, node } = found;
      if (!isIpfsNode(node)) throw fault("CLI_USAGE", { why: `the consortium file names no Kubo and no cluster peer beside ${options.node}` });
      const dir = resolve(options.dir);
      if (!(await hasIpfsIdentities(dir))) throw fault("CLI_USAGE", { why: `${dir} has no kubo.seed and cluster.seed; \`fiducial network key --ipfs\` makes them, in the folder ipfs beside the node's` });
      const identities = await ipfsIdentitiesIn(dir);
      if (identities.kubo.peerId !== node.ipfs.peerId || identities.cluster.peerId !== node.cluster.peerId) throw fault("CLI_USAGE", { why: `the seeds in ${dir} are of other peers than the consortium file names for ${options.node}` });
      const { bindHost, rpcPort, restPort, storageMax } = options;
      const shared = { swarmKey: await sharedSecret("--swarm-key", options.swarmKey), clusterSecret: await sharedSecret("--cluster-secret", options.clusterSecret) };
      const keys = { ...identities, ...shared, restPassword: await hexSecretIn(dir, "rest-password") };
      const files = memberIpfsFiles({ consortium, member, node, keys, bindHost, rpcPort, restPort, storageMax });
      const written: string[] = [];
      for (const [name, text] of Object.entries(files)) {
        if ((await readFile(join(dir, name), "utf8").catch(() => null)) === text) continue;
        await writeWhole(join(dir, name), text);
        written.push(name);
      }
      context.result({ dir, written, peerId: identities.kubo.peerId, clusterPeerId: identities.cluster.peerId }, () => `${fields({ written: written.length === 0 ? "nothing: all is as it should be" : `${written.join(", ")} in ${dir}`, "Kubo's peer id": identities.kubo.peerId, "cluster's peer id": identities.cluster.peerId })}

Next, as the user that runs them:
  export IPFS_PATH=/var/lib/kubo LIBP2P_FORCE_PNET=1 IPFS_TELEMETRY=off
  ipfs init --empty-repo ${join(dir, "kubo.json")}      (the first time; later: cp ${join(dir, "kubo.json")} $IPFS_PATH/config)
  cp ${join(dir, "swarm.key")} $IPFS_PATH/ && ipfs daemon --migrate=false
  mkdir -p /var/lib/ipfs-cluster && cp ${join(dir, "service.json")} ${join(dir, "identity.json")} /var/lib/ipfs-cluster/
  ipfs-cluster-service --config /var/lib/ipfs-cluster daemon
The agent takes storage.cluster.user agent and storage.cluster.passwordFile ${join(dir, "rest-password")}.`);
    });
}
