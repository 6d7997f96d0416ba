import type { Address, MemberId } from "../model/ids.ts";
import type { MemberNode, MemberStatus } from "../model/ledger-views.ts";
import type { Membership } from "../model/membership.ts";
import { type Enode, isNodeHost, isNodeKey, nodeAddress } from "./enode.ts";

/** A node of a member as the registry has it. `validator`: the member wants it to be one. */
export type RosterNode = Enode & { readonly member: MemberId; readonly address: Address; readonly validator: boolean };

/** The registry read as a list of nodes. */
export type Roster = {
  /** Nodes of active members, by key. A key that several members list is the one's with the lowest number. */
  readonly nodes: ReadonlyMap<string, RosterNode>;
  /** Keys that belong to suspended or expelled members and to no active one: member and why. */
  readonly banned: ReadonlyMap<string, { readonly member: MemberId; readonly status: MemberStatus; readonly address: Address }>;
  /** Active hospitals that have named no node yet: a validator unknown to the registry may be theirs. */
  readonly nameless: readonly MemberId[];
  /** Validators the consortium wants, one for each active hospital, those of the founding, and one more while a node key is being rotated. */
  readonly validators: ReadonlyMap<Address, RosterNode>;
  /** Entries that cannot be followed, one sentence each. */
  readonly notes: readonly string[];
};

function readNode(member: MemberId, node: MemberNode): RosterNode | string {
  const key = node.enodeKey.slice(2).toLowerCase();
  if (!isNodeKey(key)) return `a node of member ${member} has no usable key`;
  if (!isNodeHost(node.host) || node.port < 1) return `the node ${key.slice(0, 16)} of member ${member} has no usable address`;
  return { key, host: node.host.toLowerCase(), port: node.port, member, address: nodeAddress(key), validator: node.validator };
}

/**
 * One institution, one validator (design 1.7): of what a member lists as validators the first counts, and whichever sat at the founding (the genesis was signed by all members, so
 * a second seat in it is their will and no rotation). While a member rotates its key one more counts, for one member at a time (the lowest number that asks), so that nobody gains
 * a second voice by listing more.
 */
function wanted(byMember: ReadonlyMap<MemberId, readonly RosterNode[]>, founded: ReadonlySet<Address>, notes: string[]): Map<Address, RosterNode> {
  const chosen = new Map<Address, RosterNode>();
  let rotating: MemberId | null = null;
  for (const [member, nodes] of byMember) {
    const listed = nodes.filter(({ validator }) => validator);
    const seats = listed.filter(({ address }, place) => place === 0 || founded.has(address));
    const [extra, ...more] = listed.filter((node) => !seats.includes(node));
    for (const seat of seats) chosen.set(seat.address, seat);
    if (extra !== undefined && rotating === null) {
      rotating = member;
      chosen.set(extra.address, extra);
    } else if (extra !== undefined) notes.push(`member ${member} lists a second validator while member ${rotating} rotates its key: it waits`);
    if (more.length > 0) notes.push(`member ${member} lists more than two validators: the others are no validators`);
  }
  return chosen;
}

/** Reads the registry's members. `founded` are the validators of block 0. Pure: the same members and the same genesis give the same roster on every honest agent. */
export function rosterOf({ members }: Pick<Membership, "members">, founded: ReadonlySet<Address> = new Set()): Roster {
  const notes: string[] = [];
  const nodes = new Map<string, RosterNode>();
  const hospitals = new Map<MemberId, RosterNode[]>();
  const nameless: MemberId[] = [];
  const banned = new Map<string, { member: MemberId; status: MemberStatus; address: Address }>();
  const ordered = [...members].sort((one, other) => one.id - other.id);
  for (const { id, kind, status, nodes: listed } of ordered) {
    if (status !== "active") continue;
    if (kind === "hospital" && listed.length === 0) nameless.push(id);
    for (const entry of listed) {
      const node = readNode(id, entry);
      if (typeof node === "string") notes.push(node);
      else if (nodes.has(node.key)) notes.push(`the node ${node.key.slice(0, 16)} is listed by member ${nodes.get(node.key)?.member ?? 0} and again by member ${id}`);
      else {
        nodes.set(node.key, node);
        if (kind === "hospital") hospitals.set(id, [...(hospitals.get(id) ?? []), node]);
        else if (node.validator) notes.push(`member ${id} is an observer: its node ${node.key.slice(0, 16)} cannot be a validator`);
      }
    }
  }
  for (const { id, status, nodes: listed } of ordered) {
    if (status === "active") continue;
    for (const { enodeKey } of listed) {
      const key = enodeKey.slice(2).toLowerCase();
      if (/^[0-9a-f]{128}$/u.test(key) && !nodes.has(key)) banned.set(key, { member: id, status, address: nodeAddress(key) });
    }
  }
  return { nodes, banned, nameless, validators: wanted(hospitals, founded, notes), notes };
}
