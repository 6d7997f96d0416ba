import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nodeOptions } from "../../../../network/besu/node-options.ts";
import { optionsToml } from "../../../../network/besu/options.ts";
import { permissionsToml, staticNodesJson } from "../../../../network/besu/permissions.ts";
import { loadConfig } from "../../config/load.ts";
import { fileText } from "../../config/first-file.ts";
import { parseEnode } from "../../consortium/enode.ts";
import { fault, isFault } from "../../model/fault.ts";
import type { MemberId } from "../../model/ids.ts";
import { writeNew, writeWhole } from "../files.ts";
import type { Application, Bundle } from "./bundle-format.ts";
import { exists, keyringIn, type Places } from "./join-keys.ts";

export type NodePorts = { readonly rpc: number; readonly ws: number; readonly metrics: number; readonly bindHost: string };

/** The node's own files, from the bundle: written once; what the node or the agent changed since stays. */
export async function writeNodeFiles(places: Places, application: Application, { content }: Bundle, ports: NodePorts): Promise<void> {
  await mkdir(join(places.node, "data"), { recursive: true, mode: 0o700 });
  const own = parseEnode(application.enode);
  if (own === null) throw fault("NETWORK_BUNDLE_UNFIT", { why: "the application names no node" });
  const at = (name: string): string => join(places.node, name);
  const others = content.enodes.filter((url) => parseEnode(url)?.key !== own.key);
  const options = nodeOptions({
    role: "validator",
    files: { data: at("data"), genesis: at("genesis.json"), key: places.nodeKey, staticNodes: at("static-nodes.json"), permissions: at("permissions.toml") },
    host: own.host,
    bindHost: ports.bindHost,
    p2pPort: own.port,
    rpcHost: "127.0.0.1",
    rpcPort: ports.rpc,
    wsPort: ports.ws,
    metricsPort: ports.metrics,
    hostAllowlist: ["localhost", "127.0.0.1"],
    storage: "bonsai",
    sync: "full",
  });
  const once = async (name: string, text: string): Promise<void> => {
    if (!(await exists(at(name)))) await writeWhole(at(name), text);
  };
  await once("genesis.json", `${JSON.stringify(content.genesis, null, 2)}\n`);
  await once("static-nodes.json", staticNodesJson(others));
  await once("permissions.toml", permissionsToml({ nodes: others, accounts: null }));
  await once("besu.toml", optionsToml(options, `${application.admission.displayName}: chain node. Written by fiducial network join.`));
}

/** Swarm key and cluster secret, opened with our OpenPGP key. */
export async function writeIpfsSecrets(places: Places, { content }: Bundle): Promise<void> {
  if (content.ipfs === null || (await exists(join(places.ipfs, "swarm.key"))) || (await exists(join(places.ipfs, "cluster-secret")))) return;
  const { openNote } = await import("../../envelope/sealed-note.ts");
  const keyring = await keyringIn(places);
  if (content.ipfs.sealedFor !== keyring.identity.certificate.digest) throw fault("NETWORK_BUNDLE_UNFIT", { why: "its IPFS secrets are sealed for another institution's certificate" });
  const plain = await openNote(Buffer.from(content.ipfs.sealed, "base64"), keyring.identity.privateKey);
  const { swarmKey, clusterSecret } = JSON.parse(plain.toString("utf8")) as { readonly swarmKey?: unknown; readonly clusterSecret?: unknown };
  await mkdir(places.ipfs, { recursive: true, mode: 0o700 });
  if (typeof swarmKey === "string") await writeNew(join(places.ipfs, "swarm.key"), swarmKey);
  if (typeof clusterSecret === "string") await writeNew(join(places.ipfs, "cluster-secret"), `${clusterSecret}\n`);
}

/** Why the configuration that lies there is not that of this member; null when it is. A file of `agent init`, or of another try, is never written over. */
async function otherConfig(places: Places, { content }: Bundle, member: MemberId): Promise<string | null> {
  try {
    const found = await loadConfig(places.config);
    if (found.member !== member) return `it is for member ${found.member}`;
    return found.chain.genesisHash === content.genesisHash ? null : "it is for another chain";
  } catch (error) {
    return error instanceof Error ? error.message : "it cannot be read";
  }
}

/** The agent's configuration; written once, when the number of the member is known. The operator owns it from then on. Gives what is wrong with one that was there before, or null. */
export async function writeAgentConfig(places: Places, application: Application, bundle: Bundle, member: MemberId, ports: NodePorts): Promise<string | null> {
  const { content } = bundle;
  const { chainId, genesisHash, contracts, deployedAtBlock } = content;
  const settings = {
    role: "hospital",
    member,
    name: application.admission.displayName,
    dataDir: "data",
    keyring: { dir: "keyring", passphraseFile: "passphrase" },
    chain: { endpoint: `http://127.0.0.1:${ports.rpc}`, websocket: `ws://127.0.0.1:${ports.ws}`, admin: `http://127.0.0.1:${ports.rpc}`, chainId, genesisHash, contracts, deployedAtBlock },
    consortium: { staticNodesFile: "node/static-nodes.json", permissionsFile: "node/permissions.toml" },
    peer: { host: "0.0.0.0", port: Number(new URL(application.admission.endpoint).port || 443) },
    identity: { accountsFile: "accounts.json" },
  };
  const text = fileText(settings, "Written by fiducial network join; yours from now on.");
  try {
    await writeFile(places.config, text, { flag: "wx", mode: 0o600 });
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EEXIST") throw fault("CLI_FILE", { file: places.config, why: code ?? "unknown" }, error);
    return await otherConfig(places, bundle, member);
  }
}

/** Whether an error only says that something is not there yet, rather than wrong. */
export const notYet = (error: unknown): boolean =>
  isFault(error, "LEDGER_UNREACHABLE") || isFault(error, "PEER_UNREACHABLE") || isFault(error, "LEDGER_NO_CONTRACT") || (isFault(error, "PEER_REFUSED") && error.details.peerCode === "PEER_PROBED_LATELY");
