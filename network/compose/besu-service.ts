import { nodeFileNames, nodeFiles } from "../besu/node-files.ts";
import { optionsToml } from "../besu/options.ts";
import { nodesOf } from "../consortium-file.ts";
import type { Consortium, ConsortiumMember, ConsortiumNode } from "../consortium-schema.ts";
import type { Genesis } from "../genesis/genesis.ts";
import type { AddressPlan } from "./addresses.ts";
import { besuHealth } from "./besu-health.ts";
import { besuOf, ownNetworkOf, prepareOf, sharedNetwork } from "./names.ts";
import { bound, type ComposeService, hardened, volume } from "./service.ts";
import type { Images } from "./images.ts";

/** The agent's image owns these folders as 10001, and a new named volume takes over the owner of the folder that it is first mounted on. */
const user = "10001:10001";
const dataFolder = "/var/lib/besu";
const listsFolder = "/var/lib/besu-lists";
const configFolder = "/etc/besu";
/** The program in the agent's image, as its Dockerfile places it. */
export const agentProgram = "/opt/fiducial/node-agent/src/main.ts";

/** Volume with the node's static nodes and permissions, which the member's agent keeps as the registry says. */
export const listsVolume = (node: ConsortiumNode): string => `${node.name}-lists`;
export const listsOf = { staticNodes: `${listsFolder}/${nodeFileNames.staticNodes}`, permissions: `${listsFolder}/${nodeFileNames.permissions}` } as const;
export const listsMount = (node: ConsortiumNode) => volume(listsVolume(node), listsFolder);

export type BesuInput = {
  readonly consortium: Consortium;
  readonly images: Images;
  readonly addresses: AddressPlan;
  readonly member: ConsortiumMember;
  readonly node: ConsortiumNode;
  readonly heapMegabytes: number;
  /** Port on this computer's loopback for JSON-RPC; null: reached by the member's own containers only. */
  readonly rpc: number | null;
};

/** Files of the node by path beside the compose file: its configuration, genesis, and the lists with which it first starts. */
export function besuFiles(input: Pick<BesuInput, "consortium" | "addresses" | "member" | "node"> & { readonly genesis: Genesis }): Record<string, string> {
  const { consortium, node, member, addresses } = input;
  const own = addresses.own(member, besuOf(node));
  const { options, texts } = nodeFiles(consortium, node.name, input.genesis, { folder: configFolder, bindHost: node.host, rpcHost: own, hostAllowlist: ["localhost", "127.0.0.1", own, besuOf(node)] });
  const placed: Record<string, string> = {
    "data-path": dataFolder,
    "node-private-key-file": `/run/secrets/${nodeFileNames.key}`,
    "static-nodes-file": listsOf.staticNodes,
    "permissions-nodes-config-file": listsOf.permissions,
    "permissions-accounts-config-file": listsOf.permissions,
  };
  const moved = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, placed[name] ?? value]));
  const folder = `config/${node.name}`;
  return {
    ...Object.fromEntries(Object.entries(texts).map(([file, text]) => [`${folder}/${file}`, text])),
    [`${folder}/${nodeFileNames.config}`]: optionsToml(moved, `${consortium.name}: ${member.name}, node ${node.name}, as a container. Written by fiducial network.`),
  };
}

/**
 * Copies the lists into their volume where they are missing (what agent and node have made of them since stays), then has the whole configuration looked at: the
 * service of the node waits for this one, so that Besu never begins with what it would refuse or change.
 */
const prepare = `const fs=require("node:fs");for(const name of ${JSON.stringify([nodeFileNames.staticNodes, nodeFileNames.permissions])})try{fs.copyFileSync("${configFolder}/"+name,"${listsFolder}/"+name,fs.constants.COPYFILE_EXCL)}catch(error){if(error.code!=="EEXIST")throw error}process.exit(require("node:child_process").spawnSync(process.execPath,["${agentProgram}","network","lint","--config","${configFolder}/${nodeFileNames.config}"],{stdio:"inherit"}).status??1)`;

/** Gives the node's new volumes to its user and its first lists to it, looks at its configuration, then ends. */
export function prepareService({ images, node }: BesuInput): ComposeService {
  return hardened({
    image: images.agent,
    user,
    entrypoint: ["/usr/local/bin/node", "-e", prepare],
    command: [],
    network_mode: "none",
    volumes: [bound(`./config/${node.name}`, configFolder), volume(besuOf(node), dataFolder), listsMount(node)],
    restart: "no",
    stop_grace_period: "10s",
    healthcheck: { disable: true },
    limits: { cpus: 1, memoryMegabytes: 256, pids: 64 },
    tmp: { megabytes: 8, executable: false },
  });
}

/** Seconds from which a newest block is too old: twelve periods, a minute at least. */
function tooOld({ consensus: { blockPeriodSeconds, emptyBlockPeriodSeconds } }: Consortium): number {
  return Math.max(60, 12 * Math.max(blockPeriodSeconds, emptyBlockPeriodSeconds ?? 0));
}

/** Small heaps are collected by one thread and compiled for quickly: several nodes share one computer then. */
const javaOptions = (megabytes: number): string => `-Xms64m -Xmx${megabytes}m${megabytes > 512 ? "" : " -XX:+UseSerialGC -XX:TieredStopAtLevel=1"}`;

export function besuService(input: BesuInput): ComposeService {
  const { images, addresses, member, node, consortium, heapMegabytes } = input;
  const own = addresses.own(member, besuOf(node));
  const minPeers = Math.min(1, nodesOf(consortium).length - 1);
  return hardened({
    image: images.besu,
    user,
    command: [`--config-file=${configFolder}/${nodeFileNames.config}`],
    // The image sets the two hosts to all addresses, and what the environment says goes before the configuration file.
    environment: { JAVA_OPTS: javaOptions(heapMegabytes), HOME: "/tmp", BESU_RPC_HTTP_HOST: own, BESU_RPC_WS_HOST: own },
    volumes: [bound(`./config/${node.name}`, configFolder), volume(besuOf(node), dataFolder), listsMount(node)],
    secrets: [{ source: besuOf(node), target: nodeFileNames.key }],
    ...(input.rpc === null ? {} : { ports: [`127.0.0.1:${input.rpc}:${node.rpcPort}`] }),
    networks: { [ownNetworkOf(member)]: { ipv4_address: own }, [sharedNetwork]: { ipv4_address: node.host } },
    depends_on: { [prepareOf(node)]: { condition: "service_completed_successfully" } },
    healthcheck: { test: ["CMD", "bash", "-c", besuHealth(own, node.rpcPort, minPeers, tooOld(consortium)).replaceAll("$", "$$$$")], interval: "10s", timeout: "10s", retries: 6, start_period: "300s" },
    restart: "unless-stopped",
    stop_grace_period: "120s",
    // Beside the heap: RocksDB's caches, code, stacks.
    limits: { cpus: 2, memoryMegabytes: Math.ceil(heapMegabytes * 1.5) + 512, pids: 1024 },
    tmp: { megabytes: 256, executable: true },
  });
}
