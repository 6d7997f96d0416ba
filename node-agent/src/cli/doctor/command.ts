import type { Command } from "commander";
import { fault } from "../../model/fault.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { examine } from "./examine.ts";

const signs = { ok: "ok  ", warn: "warn", fail: "FAIL", skip: "skip" } as const;

/** `fiducial doctor`: looks at everything an agent needs, changes nothing but making the data folder. */
export function registerDoctor(program: Command, io: Io): void {
  program
    .command("doctor")
    .description("check everything an agent on this machine needs, and say what to mend")
    .requiredOption("--config <file>", "the agent's YAML configuration file")
    .addHelpText("after", "\nExample:\n  fiducial doctor --config /etc/fiducial/agent.yaml\n\nWorks whether the agent runs or not. Exit status 0 when nothing failed; warnings do not count.\n")
    .action(async (options: { readonly config: string }, command: Command) => {
      const context = contextOf(command, io);
      const findings = await examine(options.config);
      const failed = findings.filter(({ state }) => state === "fail").length;
      context.result({ healthy: failed === 0, findings }, () =>
        findings.map(({ check, state, detail, mend }) => `${signs[state]}  ${check}: ${detail}${mend === null ? "" : `\n        -> ${mend}`}`).join("\n"),
      );
      if (failed > 0) throw fault("CLI_UNHEALTHY", { failed });
    });
}
