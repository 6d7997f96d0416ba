import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from "node:fs";
import { enableCompileCache, flushCompileCache } from "node:module";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { Journal, JournalRun } from "../../node-agent/src/ports/journal.ts";

/**
 * An agent as `fiducial agent run` starts it, except that it kills itself (SIGKILL) the first time it passes each point between two steps.
 * `--died` is the file of the points it has died at already, one per line: started again and again, it dies once at every point of its life.
 * A point of a flow is `flow step worked` (its effect is there, its record is not), `flow step recorded` and `flow done`; of a transaction, `outbox intent step` (on the disk, sent is as signed).
 */
const { values } = parseArgs({ options: { config: { type: "string" }, died: { type: "string" } } });
const { config: configFile = "", died = "" } = values;
// It is started dozens of times in a test: compiled once, and kept before the first death.
enableCompileCache(join(dirname(died), "compiled"));
const { createAgent } = await import("../../node-agent/src/agent.ts");
const { loadConfig } = await import("../../node-agent/src/config/load.ts");
const { readSecret } = await import("../../node-agent/src/config/secret.ts");
const { createLog } = await import("../../node-agent/src/ops/log.ts");
flushCompileCache();
const before = new Set(existsSync(died) ? readFileSync(died, "utf8").split("\n") : []);

function dieAt(point: string): void {
  if (before.has(point)) return;
  const file = openSync(died, "a");
  appendFileSync(file, `${point}\n`);
  fsyncSync(file);
  closeSync(file);
  process.kill(process.pid, "SIGKILL");
}

const mortalRun = (flow: string, real: JournalRun): JournalRun => ({
  async step(name, work) {
    const value = await real.step(name, async () => {
      const made = await work();
      dieAt(`${flow} ${name} worked`);
      return made;
    });
    dieAt(`${flow} ${name} recorded`);
    return value;
  },
  done() {
    real.done();
    dieAt(`${flow} done`);
  },
  failed: (code) => real.failed(code),
});

const mortalJournal = (real: Journal): Journal => ({
  open: (flow, key, input) => mortalRun(flow, real.open(flow, key, input)),
  unfinished: () => real.unfinished(),
  close: () => real.close(),
});

const config = await loadConfig(configFile);
const passphrase = config.keyring === null ? null : await readSecret("keyring.passphraseFile", config.keyring.passphraseFile);
const agent = createAgent(config, {
  passphrase,
  log: createLog({ level: config.log.level, fields: { member: config.member } }),
  around: { journal: mortalJournal, outboxStep: (step, key) => (step === "sent" ? undefined : dieAt(`outbox ${key.split(":", 1)[0] ?? ""} ${step}`)) },
});
const urls = await agent.start();
const stop = (): void => void agent.stop().then(() => process.exit(0));
process.on("SIGTERM", stop);
process.stdin.on("end", stop).on("error", stop).resume();
process.stdout.write(`${JSON.stringify({ ready: true, ...urls })}\n`);
