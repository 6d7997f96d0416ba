import { fault } from "../../model/fault.ts";
import type { ClusterPeer } from "./cluster.ts";
import type { Kubo } from "./kubo.ts";
import { type Leak, leaksOf, leaksOfListeners } from "./privacy.ts";
import { greetingOf } from "./probe.ts";

const greetingMs = 3000;

/** Where to knock: the address itself, or Kubo's host as this agent reaches it where the node listens on every address of its machine. */
function doorsOf(addresses: readonly string[], rpcUrl: string): { readonly host: string; readonly port: number; readonly address: string }[] {
  const rpcHost = new URL(rpcUrl).hostname.replace(/^\[|\]$/gu, "");
  return addresses.flatMap((address) => {
    const [, , host = "", kind, port = ""] = address.split("/");
    if (kind !== "tcp") return [];
    return [{ host: host === "0.0.0.0" || host === "::" ? rpcHost : host, port: Number(port), address }];
  });
}

/** How the node greets strangers at its doors; at least one must be heard to speak under a key, and none in the clear. */
async function greetings(doors: ReturnType<typeof doorsOf>): Promise<Leak[]> {
  const heard = await Promise.all(doors.map(async (door) => ({ ...door, greeting: await greetingOf(door.host, door.port, greetingMs).catch(() => "silent" as const) })));
  const clear = heard.filter(({ greeting }) => greeting === "in the clear").map(({ address }) => ({ setting: "swarm.key", why: `on ${address} it speaks without a key: anybody can connect` }));
  if (clear.length > 0) return clear;
  if (heard.some(({ greeting }) => greeting === "under a key")) return [];
  return [{ setting: "swarm.key", why: "it could not be heard on any swarm address from here, so nothing shows that a key is in force" }];
}

/**
 * Whether the running Kubo is of a private network and, where one is given, the cluster's API closed. What can be asked is asked (its configuration, its listeners); whether a swarm key is in force
 * cannot, so the node is called on the wire as a stranger would. It does not show that the key is the consortium's: with another one the node is alone,
 * which the cluster's status shows. Throws IPFS_NOT_PRIVATE naming each setting, IPFS_UNREACHABLE.
 */
export async function verifyPrivate(kubo: Kubo, cluster: ClusterPeer | null, rpcUrl: string, signal: AbortSignal): Promise<void> {
  const [config, { Strings: listeners }] = await Promise.all([
    kubo.json<Record<string, unknown>>("config/show", {}, signal),
    kubo.json<{ Strings: string[] | null }>("swarm/addrs/listen", {}, signal),
  ]);
  const addresses = listeners ?? [];
  const leaks = [...leaksOf(config), ...leaksOfListeners(addresses), ...(await greetings(doorsOf(addresses, rpcUrl)))];
  if (cluster !== null && !(await cluster.closed(signal))) leaks.push({ setting: "restapi.basic_auth_credentials", why: "the cluster peer answers without a password" });
  const [first, ...others] = leaks;
  if (first !== undefined) throw fault("IPFS_NOT_PRIVATE", { setting: first.setting, why: first.why, also: others.map(({ setting, why }) => `${setting}: ${why}`) });
}
