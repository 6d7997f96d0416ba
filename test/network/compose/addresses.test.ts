import { isIPv4 } from "node:net";
import test from "ava";
import fc from "fast-check";
import { isFault } from "../../../node-agent/src/model/fault.ts";
import { planAddresses } from "../../../network/compose/addresses.ts";
import { composeFile, nothingPublished } from "../../../network/compose/compose.ts";
import { servicesOf } from "../../../network/compose/names.ts";
import { checkConsortium } from "../../../network/consortium-file.ts";
import type { Consortium } from "../../../network/consortium-schema.ts";
import { someConsortium } from "../consortium.ts";
import { someImages } from "./consortia.ts";

const number = (address: string): number => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
const within = (address: string, subnet: string): boolean => {
  const [first = "", prefix = ""] = subnet.split("/");
  const size = 2 ** (32 - Number(prefix));
  return Math.floor(number(address) / size) === Math.floor(number(first) / size);
};
const text = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");

/** The consortium of the tests with these hosts, one for each node. */
function withHosts(hosts: readonly string[]): Consortium {
  const base = someConsortium(hosts.length - 1);
  return checkConsortium({ ...base, images: someImages, members: base.members.map((member, at) => ({ ...member, nodes: member.nodes?.map((node) => ({ ...node, host: hosts[at] ?? "" })) })) });
}

test("every container has an address of its own, within its network and not its gateway, wherever the nodes are", (t) => {
  const within16 = fc.record({ network: fc.integer({ min: 0, max: 255 }), hosts: fc.uniqueArray(fc.integer({ min: 1, max: 65_534 }), { minLength: 2, maxLength: 6 }) });
  fc.assert(
    fc.property(within16, ({ network, hosts }) => {
      const first = number(`172.${network}.0.0`);
      const consortium = withHosts(hosts.map((host) => text(first + host)));
      const plan = planAddresses(consortium, servicesOf);
      const taken = new Set<string>([plan.consortium.gateway]);
      const take = (address: string, subnet: string): boolean => {
        const fresh = isIPv4(address) && within(address, subnet) && !taken.has(address);
        taken.add(address);
        return fresh;
      };
      return consortium.members.every((member) => {
        const own = plan.ofMember(member);
        return (
          take(own.gateway, own.subnet) &&
          member.nodes.every(({ host }) => take(host, plan.consortium.subnet)) &&
          servicesOf(member).every((service) => take(plan.own(member, service), own.subnet)) &&
          take(plan.shared(`member-${member.id}-agent`), plan.consortium.subnet)
        );
      });
    }),
    { numRuns: 60 },
  );
  t.pass();
});

const refused = (t: import("ava").ExecutionContext, why: RegExp, make: () => unknown): void => {
  const error = t.throws(make);
  t.true(isFault(error, "NETWORK_COMPOSE_IMPOSSIBLE"));
  t.regex(error?.message ?? "", why);
};

test("what cannot be one compose file is refused with the reason", (t) => {
  const file = (consortium: Consortium) => () => composeFile({ consortium, project: "p", published: nothingPublished });
  refused(t, /names no images/u, file(checkConsortium(someConsortium())));
  refused(t, /at most 65,536 addresses; on one computer/u, file(withHosts(["10.1.0.5", "192.168.0.5"])));
  refused(t, /10\.213\.0\.0\/16 is for each member's own/u, file(withHosts(["10.213.9.5", "10.213.9.6"])));
  refused(t, /10\.213\.0\.0\/16 is for each member's own/u, file(withHosts(["10.212.0.5", "10.212.200.6"])));
  refused(t, /first or last address/u, file(withHosts(["172.20.2.0", "172.20.2.7"])));
  const base = someConsortium(2);
  const same = checkConsortium({ ...base, images: someImages, members: base.members.map((member, at) => ({ ...member, nodes: member.nodes?.map((node) => ({ ...node, host: "127.0.0.1", p2pPort: 30_000 + at })) })) });
  refused(t, /has the host of another node/u, file(same));
  refused(t, /names no node/u, file({ ...same, members: [] }));
});
