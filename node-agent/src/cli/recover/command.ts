import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { Recovery } from "../../agent.ts";
import { loadConfig } from "../../config/load.ts";
import { readSecret } from "../../config/secret.ts";
import { fault } from "../../model/fault.ts";
import { createLog } from "../../ops/log.ts";
import { contextOf } from "../context.ts";
import type { Parts } from "../program-parts.ts";
import { countOption } from "../values.ts";
import { progressLine, reportText } from "./text.ts";

const examples = `
Examples:
  fiducial recover --config /etc/fiducial/agent.yaml          # after the loss of the data folder
  fiducial recover --config agent.yaml --stalled-after 3600   # while other hospitals come back one by one

Needs what was backed up: the keyring with its passphrase, the configuration (it names the chain's contracts), and the accounts file. Reads the chain
from its first block, fetches this hospital's own studies from the members that keep them and granted copies from their holders, opens and checks every
object, and builds every index anew. It may be stopped at any time and run again: what is back stays. The agent itself does the same whenever it runs; this
command tells how far it is, ends when it is done, and says what could not be found. It runs the agent, so stop the service first.
`;

type Options = { readonly config: string; readonly stalledAfter: number; readonly verbose?: boolean };

const lookMs = 500;

/** What grows while a recovery gets on. A chain that has been read goes on for ever, and an attempt that fails begins to count its bytes anew: neither is progress. */
const marksOf = ({ ownStudies, copies, ledger, bytesFetched }: Recovery): readonly number[] => [ownStudies.here + copies.here, ledger.phase === "following" ? 0 : (ledger.indexed ?? 0), bytesFetched];

/** Waits until everything is here, or nothing has moved for so many seconds. Gives the last look; null when the agent has nothing to recover. */
async function follow(look: () => Recovery | null, tell: (now: Recovery) => void, stalledMs: number, signal: AbortSignal): Promise<Recovery | null> {
  let movedAt = performance.now();
  let most: readonly number[] = [-1, -1, -1];
  for (;;) {
    signal.throwIfAborted();
    const now = look();
    if (now !== null) {
      tell(now);
      const marks = marksOf(now);
      if (marks.some((mark, at) => mark > (most[at] ?? -1))) movedAt = performance.now();
      most = marks.map((mark, at) => Math.max(mark, most[at] ?? -1));
      if (now.complete) return now;
    }
    if (performance.now() - movedAt > stalledMs) return now;
    await sleep(lookMs, undefined, { signal });
  }
}

/** `fiducial recover`: everything back from keyring, chain and blocks. */
export function registerRecover(program: Command, parts: Parts): void {
  const { io } = parts;
  program
    .command("recover")
    .description("bring everything back into an empty data folder, and tell what could not be found")
    .requiredOption("--config <file>", "YAML configuration file")
    .option("--stalled-after <seconds>", "give up when nothing has come back for so long", countOption(1, 604_800), 300)
    .option("--verbose", "write the agent's log lines to standard error as well")
    .addHelpText("after", examples)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const config = await loadConfig(options.config);
      if (config.role === "observer") throw fault("FLOW_NOT_ON_OBSERVER", {});
      const passphrase = config.keyring === null ? null : await readSecret("keyring.passphraseFile", config.keyring.passphraseFile);
      const log = createLog({ level: options.verbose === true ? config.log.level : "error", fields: { member: config.member } });
      const begun = performance.now();
      const running = await parts.startAgent(config, { passphrase, log });
      passphrase?.fill(0);
      try {
        let told = "";
        const tell = (now: Recovery): void => {
          const line = progressLine(now);
          if (line === told || context.json) return;
          told = line;
          if (io.err.terminal) io.err.write(`\r\u001b[2K${line.slice(0, Math.max(20, io.err.columns - 1))}`);
          else io.err.write(`${line}\n`);
        };
        const last = await follow(running.recovery, tell, options.stalledAfter * 1000, io.shutdown.signal);
        if (io.err.terminal && !context.json) io.err.write("\n");
        if (last === null) throw fault("FLOW_STOPPING", {});
        const seconds = Math.round((performance.now() - begun) / 1000);
        context.result({ ...last, seconds }, () => reportText(last, seconds));
        if (!last.complete) throw fault("CLI_NOT_RECOVERED", { missing: last.ownStudies.missing.length + last.copies.missing.length, seconds });
      } finally {
        await running.stop();
      }
    });
}
