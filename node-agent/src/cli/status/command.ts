import type { Command } from "commander";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { type AgentStatusAnswer, agentStatusText } from "./text.ts";

/** `fiducial status` */
export function registerAgentStatus(program: Command, io: Io): void {
  program
    .command("status")
    .description("what the agent is doing, what it waits for, and what to do about it")
    .addHelpText("after", "\nExample:\n  fiducial status --user admin --password-file admin.password\n\nExit status 0 whenever the agent answers; whether it is ready is in the answer.\n")
    .action(async (_options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const status = await (await context.client()).get<AgentStatusAnswer>("/api/status");
      context.result(status, () => agentStatusText(status));
    });
}
