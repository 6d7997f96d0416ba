import type { Command } from "commander";
import { loadConfig } from "../../config/load.ts";
import { endpointOf, nodeAddress, type Enode } from "../../consortium/enode.ts";
import { fault } from "../../model/fault.ts";
import type { MemberNode } from "../../model/ledger-views.ts";
import type { NodeAdmin } from "../../ports/node-admin.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { enodeOption, withNode } from "../member/own-entry.ts";
import { type RegistrySession, withRegistry } from "../registry-session.ts";
import { demandSafe, proposedBy, withNodeAdmin } from "./own-node.ts";
import { done, runSteps, type Step, waits } from "./steps.ts";

type Options = { readonly config: string; readonly keyFile: string; readonly to: Enode; readonly wait?: boolean };

const help = `
Example:
  fiducial network rotate-key --to enode://77be...@192.0.2.8:30303 --config agent.yaml --key-file governor.key --wait

A validator's address is its node's key, so a key is rotated by a second node: start one with a new key beside the old one, from the same genesis file, and name it with --to. It is
registered, followed and voted in; once it seals, the old one is voted out and its entry removed. At no moment is the institution without a validator.
`;

const keyOf = ({ enodeKey }: MemberNode): string => enodeKey.slice(2).toLowerCase();

/** The steps from one node key to another, each found out from registry and chain: nothing is kept in between. */
export function rotateSteps(session: RegistrySession, admin: NodeAdmin, to: Enode, keyFile: string): Step[] {
  const { self, setNodes } = session;
  const fresh = nodeAddress(to.key);
  const others = async () => (await self()).nodes.filter((node) => keyOf(node) !== to.key);
  return [
    {
      name: "registration",
      async look() {
        const { nodes } = await self();
        const old = nodes.find((node) => node.validator && keyOf(node) !== to.key);
        const present = nodes.find((node) => keyOf(node) === to.key);
        const receipt = await setNodes(keyFile, withNode(nodes, { ipfsPeerId: old?.ipfsPeerId ?? "", clusterPeerId: old?.clusterPeerId ?? "", ...present, enodeKey: `0x${to.key}`, host: to.host, port: to.port, validator: true }));
        return done(receipt === null ? `the new node is registered at ${endpointOf(to)}` : `the new node is registered in block ${receipt.block}`);
      },
    },
    {
      name: "voted in",
      async look() {
        const validators = await admin.validators();
        return validators.includes(fresh) ? done(`${fresh} is one of ${validators.length} validators`) : waits(`${fresh} is no validator yet: the others' agents watch it follow, then vote`, "Keep the new node running and connected.");
      },
    },
    {
      name: "seals",
      async look() {
        const proposed = await proposedBy(admin, fresh);
        return proposed > 0 ? done(`it proposed ${proposed} of the last blocks`) : waits("it has not proposed a block yet", "If it stays so, see the new node's log: it may be behind, or cut off from the others.");
      },
    },
    {
      name: "old key retired",
      async look() {
        const validators = await admin.validators();
        for (const node of await others()) {
          const address = nodeAddress(keyOf(node));
          if (node.validator && validators.includes(address)) await demandSafe(admin, { kind: "remove", validator: address });
        }
        const { nodes } = await self();
        const receipt = await setNodes(keyFile, nodes.map((node) => (keyOf(node) === to.key ? node : { ...node, validator: false })));
        return done(receipt === null ? "the registry names the new key alone" : `registered in block ${receipt.block}`);
      },
    },
    {
      name: "voted out",
      async look() {
        const validators = await admin.validators();
        const left = (await others()).map((node) => nodeAddress(keyOf(node))).filter((one) => validators.includes(one));
        return left.length === 0 ? done("the old key validates nothing any more") : waits(`${left.join(", ")} still validates: the others' agents vote`, "Keep the old node running until then.");
      },
    },
  ];
}

/** `fiducial network rotate-key` */
export function registerRotateKey(network: Command, io: Io): void {
  network
    .command("rotate-key")
    .description("move this institution's validator to a new node key: add the new one, wait until it seals, retire the old one; run it again to go on")
    .requiredOption("--to <enode>", "enode URL of the new node, already running", enodeOption)
    .requiredOption("--config <file>", "the agent's configuration file")
    .requiredOption("--key-file <file>", "the governor's key")
    .option("--wait", "keep looking and go on until all is done")
    .addHelpText("after", help)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const config = await loadConfig(options.config);
      if (config.role !== "hospital") throw fault("FLOW_NOT_ON_OBSERVER", {});
      await withNodeAdmin(config, (admin) =>
        withRegistry(options.config, context.signal, (session) =>
          runSteps(context, rotateSteps(session, admin, options.to, options.keyFile), {
            wait: options.wait === true,
            finished: "The new key seals, the old one is retired. Point chain.endpoint, chain.admin and chain.websocket at the new node, restart the agent, then stop the old node and take its entry out: fiducial member nodes remove KEY.",
          }),
        ),
      );
    });
}
