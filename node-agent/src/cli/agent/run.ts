import type { Command } from "commander";
import { loadConfig } from "../../config/load.ts";
import { readSecret } from "../../config/secret.ts";
import { createLog } from "../../ops/log.ts";
import type { Parts } from "../program-parts.ts";

const examples = `
Examples:
  fiducial agent run --config /etc/fiducial/agent.yaml
  fiducial agent run --config agent.yaml --exit-with-parent   # as a child of another program

Prints one line of JSON when every listener is open: {"ready":true,"clinical":URL,"peer":URL,"ops":URL}.
Logs go to standard error as JSON lines. SIGTERM or Ctrl-C stops it cleanly; a second Ctrl-C at once.
`;

type Options = { readonly config: string; readonly exitWithParent?: boolean };

/** `fiducial agent run`: one agent until it is told to stop. */
export function registerAgentRun(agent: Command, { io, startAgent }: Parts): void {
  agent
    .command("run")
    .description("run the agent that a configuration file describes")
    .requiredOption("--config <file>", "YAML configuration file")
    .option("--exit-with-parent", "stop when standard input ends")
    .addHelpText("after", examples)
    .action(async (options: Options) => {
      const config = await loadConfig(options.config);
      const passphrase = config.keyring === null ? null : await readSecret("keyring.passphraseFile", config.keyring.passphraseFile);
      const log = createLog({ level: config.log.level, fields: { member: config.member } });
      if (options.exitWithParent === true) io.onInputEnd(() => io.shutdown.request("the parent is gone"));
      const running = await startAgent(config, { passphrase, log });
      passphrase?.fill(0);
      io.out.write(`${JSON.stringify({ ready: true, ...running.urls })}\n`);
      log.info("agent ready", running.urls);
      const reason = await io.shutdown.requested;
      log.info("agent stopping", { reason });
      await running.stop();
      log.info("agent stopped");
    });
}
