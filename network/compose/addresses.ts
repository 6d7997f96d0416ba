import { nodesOf } from "../consortium-file.ts";
import type { Consortium, ConsortiumMember } from "../consortium-schema.ts";
import { fault } from "../../node-agent/src/model/fault.ts";

const toNumber = (address: string): number => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
const toText = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");

/** A range of IPv4 addresses: first address and length of the prefix. */
type Range = { readonly first: number; readonly prefix: number };
const size = ({ prefix }: Range): number => 2 ** (32 - prefix);
const rangeOf = (address: number, prefix: number): Range => ({ first: address - (address % 2 ** (32 - prefix)), prefix });
const text = ({ first, prefix }: Range): string => `${toText(first)}/${prefix}`;

/** Addresses of one Docker network, none left to chance: Besu's allowlists compare addresses. */
export type NetworkPlan = { readonly subnet: string; readonly gateway: string };

/** Where every container of the consortium is reached: by the other members, and by its own member's containers. */
export type AddressPlan = {
  /** The network that all members share. */
  readonly consortium: NetworkPlan;
  /** Address on the shared network of a container that the consortium file names no address for. */
  readonly shared: (service: string) => string;
  /** The network of one member's own containers. */
  readonly ofMember: (member: ConsortiumMember) => NetworkPlan;
  /** Address on its member's own network. */
  readonly own: (member: ConsortiumMember, service: string) => string;
};

/** Services of one member in a fixed order, which is what their addresses are taken from. */
export type ServiceNames = (member: ConsortiumMember) => readonly string[];

/**
 * Plans the addresses. The shared network is the smallest that holds the hosts of all nodes, doubled, so that there is a half in which nobody
 * else is; a member's own network is the n-th /24 of `own`. Throws NETWORK_COMPOSE_IMPOSSIBLE when the hosts lie too far apart for one network or
 * within `own`.
 */
export function planAddresses(consortium: Consortium, names: ServiceNames, own = "10.213.0.0"): AddressPlan {
  const hosts = nodesOf(consortium).map(({ node }) => ({ name: node.name, address: toNumber(node.host) }));
  const [any] = hosts;
  if (any === undefined) throw fault("NETWORK_COMPOSE_IMPOSSIBLE", { why: "it names no node" });
  const taken = new Set<number>();
  for (const { name, address } of hosts) {
    if (taken.has(address)) throw fault("NETWORK_COMPOSE_IMPOSSIBLE", { why: `node ${name} has the host of another node; as a container each has its own address` });
    taken.add(address);
  }
  let prefix = 24;
  while (!hosts.every(({ address }) => rangeOf(address, prefix).first === rangeOf(any.address, prefix).first)) prefix--;
  if (prefix < 16) throw fault("NETWORK_COMPOSE_IMPOSSIBLE", { why: "the hosts of its nodes do not lie in one network of at most 65,536 addresses; on one computer give them addresses such as 172.29.0.11, 172.29.0.12" });
  const nodesHalf = rangeOf(any.address, prefix);
  const whole = rangeOf(any.address, prefix - 1);
  const otherHalf = nodesHalf.first === whole.first ? nodesHalf.first + size(nodesHalf) : whole.first;
  const edge = [whole.first, whole.first + size(whole) - 1];
  for (const { name, address } of hosts) if (edge.includes(address)) throw fault("NETWORK_COMPOSE_IMPOSSIBLE", { why: `the host of node ${name} is the first or last address of its network` });
  const ownFirst = toNumber(own);
  if (consortium.members.length > 250) throw fault("NETWORK_COMPOSE_IMPOSSIBLE", { why: "more than 250 members do not fit on one computer" });
  const ofOwn = { first: ownFirst, prefix: 16 };
  if (whole.first < ofOwn.first + size(ofOwn) && ofOwn.first < whole.first + size(whole)) throw fault("NETWORK_COMPOSE_IMPOSSIBLE", { why: `${toText(ownFirst)}/16 is for each member's own containers; give the nodes other hosts` });

  const services = consortium.members.flatMap((member) => names(member));
  const memberRange = (member: ConsortiumMember): Range => ({ first: ownFirst + 256 * member.id, prefix: 24 });
  const order = (list: readonly string[], service: string): number => {
    const at = list.indexOf(service);
    if (at < 0) throw new TypeError(`no service ${service}`);
    return at;
  };
  return {
    consortium: { subnet: text(whole), gateway: toText(otherHalf + 1) },
    shared: (service) => toText(otherHalf + 2 + order(services, service)),
    ofMember: (member) => ({ subnet: text(memberRange(member)), gateway: toText(memberRange(member).first + 1) }),
    own: (member, service) => toText(memberRange(member).first + 2 + order(names(member), service)),
  };
}
