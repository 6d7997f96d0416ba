import type { Command } from "commander";
import type { Parts } from "../program-parts.ts";
import { registerAgentAccount } from "./account.ts";
import { registerAgentInit } from "./init.ts";
import { registerAgentRun } from "./run.ts";

/** `fiducial agent ...` */
export function registerAgent(program: Command, parts: Parts): void {
  const agent = program.command("agent").description("run an agent on this machine, and what it needs");
  registerAgentRun(agent, parts);
  registerAgentInit(agent, parts);
  registerAgentAccount(agent, parts.io);
}
