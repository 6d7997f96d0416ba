import test from "ava";
import { fault, isFault } from "../../../node-agent/src/model/fault.ts";
import { replay, runChain } from "../../../network/embedded/chain.ts";
import { hardfork, startEvm } from "../../../network/embedded/evm.ts";
import type { Journal } from "../../../network/embedded/journal.ts";
import type { JournalHeader, JournalRecord } from "../../../network/embedded/journal-format.ts";
import { newSigner, note } from "./client.ts";

const header: JournalHeader = { format: 1, chainId: 20251, genesisTime: 1_790_000_000, gasLimit: 200_000_000, hardfork };

test("while the disk is full nothing is acknowledged and nothing is in the chain; with space again the same bytes go in, and a replay agrees", async (t) => {
  const kept: JournalRecord[] = [];
  let full = false;
  const journal: Journal = {
    tornBytes: 0,
    *records() {
      yield* kept;
    },
    append(records) {
      if (full) throw fault("CHAIN_JOURNAL_WRITE", { reason: "ENOSPC" });
      kept.push(...records);
    },
    close() {},
  };
  const evm = await startEvm(header);
  const warnings: string[] = [];
  const chain = await runChain(evm, journal, { groupMs: 1, heartbeatMs: 60_000, now: Date.now, warn: (message) => warnings.push(message) });
  const signer = newSigner();
  await chain.submit(note(signer, 0).raw);

  full = true;
  const outcomes = await Promise.allSettled([1, 2].map((nonce) => chain.submit(note(signer, nonce).raw)));
  for (const outcome of outcomes) t.true(outcome.status === "rejected" && isFault(outcome.reason, "CHAIN_JOURNAL_WRITE"));
  t.is(chain.head(), 1);
  t.is(Number(await evm.call("eth_getTransactionCount", [signer.address, "pending"])), 1);

  full = false;
  await Promise.all([1, 2].map((nonce) => chain.submit(note(signer, nonce).raw)));
  t.is(Number(await evm.call("eth_getTransactionCount", [signer.address, "latest"])), 3);
  await chain.close();
  t.deepEqual(warnings, []);

  const again = await startEvm(header);
  await replay(again, kept);
  const hashOf = async (engine: typeof evm): Promise<unknown> => ((await engine.call("eth_getBlockByNumber", ["latest", false])) as { hash: string }).hash;
  t.is(await hashOf(again), await hashOf(evm));
});
