import type { Command } from "commander";
import { loadConfig } from "../../config/load.ts";
import { nodeAddress } from "../../consortium/enode.ts";
import type { NodeAdmin } from "../../ports/node-admin.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { type RegistrySession, withRegistry } from "../registry-session.ts";
import { demandSafe, withNodeAdmin } from "./own-node.ts";
import { done, runSteps, type Step, waits } from "./steps.ts";

type Options = { readonly config: string; readonly keyFile: string; readonly wait?: boolean };

const help = `
Example:
  fiducial network leave --config agent.yaml --key-file governor.key --wait

Takes this institution's validator out first, so that nobody waits for its signature, and then tells what the others vote on. Keep node and agent running until the end: images of
yours that other hospitals may still fetch come from here. To stay after all: fiducial member nodes change KEY --validator yes.
`;

/** The steps of leaving, each found out from registry and chain. */
export function leaveSteps(session: RegistrySession, admin: NodeAdmin, keyFile: string): Step[] {
  const { config, reader, self, setNodes } = session;
  const addresses = async () => (await self()).nodes.map(({ enodeKey }) => nodeAddress(enodeKey.slice(2).toLowerCase()));
  const sitting = async () => {
    const [validators, ours] = await Promise.all([admin.validators(), addresses()]);
    return ours.filter((one) => validators.includes(one));
  };
  return [
    {
      name: "no validator",
      async look() {
        if ((await self()).status === "expelled") return done("the institution is no member any more");
        // One at a time: whoever leaves must not take the quorum along.
        for (const validator of await sitting()) await demandSafe(admin, { kind: "remove", validator });
        const receipt = await setNodes(keyFile, (await self()).nodes.map((node) => ({ ...node, validator: false })));
        return done(receipt === null ? "the registry names none" : `registered in block ${receipt.block}`);
      },
    },
    {
      name: "voted out",
      async look() {
        const left = await sitting();
        return left.length === 0 ? done("none of its nodes validates: the chain goes on without it") : waits(`${left.join(", ")} still validates: the others' agents vote`, null);
      },
    },
    {
      name: "expulsion",
      async look() {
        const now = await reader.member(config.member);
        if (now?.status === "expelled") return done("decided: its vote, its agent's rights and its node's connections have ended");
        return waits("the others have to vote it out of the registry", `Have a member propose it, or do it yourself while you still vote:\n  fiducial member propose expel ${config.member} --why "leaves on its own wish" --key-file ${keyFile}`);
      },
    },
  ];
}

/** `fiducial network leave` */
export function registerLeave(network: Command, io: Io): void {
  network
    .command("leave")
    .description("take this institution out of the consortium in order: validator first, then by vote; run it again to go on")
    .requiredOption("--config <file>", "the agent's configuration file")
    .requiredOption("--key-file <file>", "the governor's key")
    .option("--wait", "keep looking and go on until all is done")
    .addHelpText("after", help)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const config = await loadConfig(options.config);
      await withNodeAdmin(config, (admin) =>
        withRegistry(options.config, context.signal, (session) =>
          runSteps(context, leaveSteps(session, admin, options.keyFile), { wait: options.wait === true, finished: "The institution has left. Stop agent and node; keep the keyring as long as the law asks for the records it opens." }),
        ),
      );
    });
}
