import { entry } from "./entry.ts";

export const ipfsErrors = {
  IPFS_UNREACHABLE: entry<{ what: string; why: string }>({
    status: 503,
    title: "IPFS not reachable",
    message: (d) => `${d.what} does not answer (${d.why})`,
    hint: "Start it, or correct its address under storage.cluster; the agent goes on by itself once it answers. What was acknowledged is in the agent's own folder.",
  }),
  IPFS_REFUSED: entry<{ what: string; command: string; status: number }>({
    status: 502,
    title: "IPFS refused",
    message: (d) => `${d.what} answered ${d.status} to ${d.command}`,
    hint: "Its own log says why (Kubo: `ipfs daemon`, cluster: `ipfs-cluster-service daemon`). With 401, correct storage.cluster.user and passwordFile.",
  }),
  IPFS_NOT_PRIVATE: entry<{ setting: string; why: string; also: readonly string[] }>({
    status: 503,
    title: "IPFS node is not private",
    message: (d) => `${d.setting}: ${d.why}${d.also.map((other) => `; ${other}`).join("")}`,
    hint: "Nothing is stored on a node that could be reached from, or tell of itself to, the public network. Write its configuration from network/ipfs (kuboConfig, clusterConfig), give it swarm.key and LIBP2P_FORCE_PNET=1, and start it again.",
  }),
  IPFS_FILE_UNUSABLE: entry<{ file: string; why: string }>({
    status: 503,
    title: "Cluster configuration cannot be used",
    message: (d) => `the cluster peer's configuration ${d.file} cannot be read or written (${d.why})`,
    hint: "Give the agent's user the right to read and replace that file and to write into its folder, correct storage.cluster.serviceFile, or leave it out and keep trusted_peers by hand.",
  }),
  IPFS_RESTART_FAILED: entry<{ command: string; why: string }>({
    status: 503,
    title: "Cluster peer not started again",
    message: (d) => `the cluster peer could not be started again by ${d.command}: ${d.why}`,
    hint: "Run the command of storage.cluster.restart by hand as the agent's user and see what it says; the agent tries again in its next turn.",
  }),
} as const;
