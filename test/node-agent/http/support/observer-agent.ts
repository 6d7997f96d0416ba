import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Attempts } from "../../../../node-agent/src/flows/attempts.ts";
import type { ObserverContext } from "../../../../node-agent/src/flows/context.ts";
import { LedgerWatch } from "../../../../node-agent/src/flows/ledger-watch.ts";
import { observeLedger } from "../../../../node-agent/src/flows/observe-ledger.ts";
import { readinessOf } from "../../../../node-agent/src/flows/readiness.ts";
import { Wake } from "../../../../node-agent/src/flows/wake.ts";
import { createClinicalApp } from "../../../../node-agent/src/http/clinical/app.ts";
import { listen } from "../../../../node-agent/src/http/server/listen.ts";
import { openLedgerIndex } from "../../../../node-agent/src/index/ledger-index.ts";
import { memberId } from "../../../../node-agent/src/model/ids.ts";
import { createLog } from "../../../../node-agent/src/ops/log.ts";
import { createMetrics } from "../../../../node-agent/src/ops/metrics.ts";
import { createReadiness } from "../../../../node-agent/src/ops/readiness.ts";
import { openTestAccounts, passwordOf } from "./accounts.ts";
import type { Ledger } from "./hospital.ts";

/** A regulator's agent over the real chain: index and page, nothing else. */
export async function openObserver(ledger: Pick<Ledger, "reader" | "proofs" | "deployedAtBlock">) {
  const folder = await mkdtemp(join(tmpdir(), "fiducial-observer-"));
  const ledgerIndex = openLedgerIndex(join(folder, "ledger.sqlite"));
  const stop = new AbortController();
  const context: ObserverContext = {
    role: "observer",
    self: { member: memberId(3), name: "Regulator" },
    settings: { replicas: 1, minFreeBytes: 0, mostBytesPerMember: null, settleMs: 1000, staleAfterSeconds: 3600, emergencyHoldMs: 1000, maxInstanceBytes: 1, deployedAtBlock: ledger.deployedAtBlock },
    clock: { now: Date.now, sleep: async (ms, signal) => await sleep(ms, undefined, signal === undefined ? {} : { signal }) },
    log: createLog({ level: "error" }),
    metrics: createMetrics({ processMetrics: false }).metrics,
    ledgerIndex,
    reader: ledger.reader,
    proofs: ledger.proofs,
    watch: new LedgerWatch(Date.now, 3600),
    attempts: new Attempts(Date.now),
    wake: new Wake(),
  };
  const loop = observeLedger(context, stop.signal);
  const readiness = createReadiness();
  for (const [name, check] of readinessOf(context)) readiness.add(name, check);
  const accounts = await openTestAccounts(folder, null);
  const app = createClinicalApp(context, { accounts, oidc: null, publicUrl: null, corsOrigins: [], version: "0.0.0-test", engines: {}, readiness, recovery: () => null });
  const listener = await listen(app, { host: "127.0.0.1", port: 0 });
  return {
    context,
    url: listener.url,
    as: (name: string) => `Basic ${Buffer.from(`${name}:${passwordOf(name)}`).toString("base64")}`,
    close: async () => {
      stop.abort();
      await listener.close(0);
      await loop;
      ledgerIndex.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
