import type { Command } from "commander";
import { loadConfig } from "../../config/load.ts";
import { fault } from "../../model/fault.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { checkAgent } from "./check-agent.ts";
import { checkChain, openChain } from "./check-chain.ts";
import { checkDataDir, checkKeyring, checkListeners } from "./check-files.ts";
import { checkPeers } from "./check-peers.ts";
import { checkRegistry } from "./check-registry.ts";
import { failure, type Finding, ok, skip } from "./finding.ts";

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

async function examine(file: string): Promise<Finding[]> {
  let config: Awaited<ReturnType<typeof loadConfig>>;
  try {
    config = await loadConfig(file);
  } catch (error) {
    return [failure("configuration", error), skip("everything else", "needs the configuration")];
  }
  const found: Finding[] = [ok("configuration", file), ...(await checkDataDir(config)), ...checkListeners(config)];
  const { findings, keyring } = await checkKeyring(config);
  found.push(...findings);
  const chain = openChain(config);
  try {
    found.push(...(await checkChain(config, chain, Date.now())));
    if (found.some(({ check, state }) => check === "chain" && state === "fail")) return [...found, skip("registry and peers", "need the chain"), ...(await checkAgent(config))];
    const registry = await checkRegistry(config, chain, keyring);
    found.push(...registry.findings);
    if (keyring?.role === "hospital") found.push(...(await checkPeers(config.member, keyring, registry.members)));
  } finally {
    await chain.close();
  }
  return [...found, ...(await checkAgent(config))];
}
