import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { findingText } from "../../../../network/lint/check-node.ts";
import type { Finding } from "../../../../network/lint/finding.ts";
import { lintNode } from "../../../../network/lint/lint.ts";
import { readNodeConfiguration } from "../../../../network/lint/read-node.ts";
import { fault } from "../../model/fault.ts";
import { contextOf } from "../context.ts";
import { readJson } from "../files.ts";
import type { Io } from "../io.ts";

type Options = { readonly config: string; readonly before?: string };

const help = `
Examples:
  fiducial network lint --config /etc/fiducial/node/besu.toml
  fiducial network lint --config /etc/fiducial/node/besu.toml --before genesis.old.json

Reads the configuration and the files it names, and says what Besu 26.8.0 would refuse at start (refused), change or ignore without asking (changed), and accept although
a consortium regrets it (risky). Status 1 when anything would be refused or changed.
`;

const line = (one: Finding) => `${one.severity.padEnd(8)} ${findingText(one)}`;

/** `fiducial network lint` */
export function registerLint(network: Command, io: Io): void {
  network
    .command("lint")
    .description("what Besu would refuse or silently change in a node's configuration, before it starts")
    .requiredOption("--config <file>", "the node's besu.toml")
    .option("--before <file>", "the genesis that the node has been running with, to compare")
    .addHelpText("after", help)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      await readFile(options.config).catch((error: NodeJS.ErrnoException) => {
        throw fault("CLI_FILE", { file: options.config, why: error.code ?? "unknown" }, error);
      });
      const before = options.before === undefined ? {} : { before: await readJson(options.before) };
      const configuration = await readNodeConfiguration(options.config).catch((error: unknown) => {
        throw fault("CLI_FILE", { file: options.config, why: error instanceof Error ? error.message : "it cannot be read" }, error);
      });
      const findings = lintNode({ ...configuration, ...before });
      const bad = findings.filter(({ severity }) => severity !== "risky");
      context.result({ findings }, () => (findings.length === 0 ? "Nothing to complain about." : findings.map(line).join("\n")));
      if (bad.length > 0) throw fault("NETWORK_NODE_CONFIG", { node: options.config, findings: bad.map(findingText) });
    });
}
