import { createOutbox } from "../../../node-agent/src/ledger/outbox.ts";
import { openOutboxStore } from "../../../node-agent/src/ledger/outbox-store.ts";
import { createRpc } from "../../../node-agent/src/ledger/rpc.ts";
import { createSigner } from "../../../node-agent/src/ledger/sign.ts";
import { address } from "../../../node-agent/src/model/ids.ts";

/** One life of a process with an outbox: `url genesisHash file keyHex echo killAtStep killAtCount data...`. Dies by SIGKILL at the chosen step. */
const [url = "", genesisHash = "", file = "", keyHex = "", echo = "", killAt = "", killCount = "1", ...writes] = process.argv.slice(2);
const signer = createSigner(Buffer.from(keyHex, "hex"), 20251);
const store = openOutboxStore(file, { chainId: 20251, genesisHash, operator: signer.address });
const rpc = createRpc({ endpoint: url, timeoutMs: 5000, retries: 1 });
let seen = 0;
const outbox = createOutbox({
  rpc,
  store,
  signer,
  pollMs: 10,
  resendMs: 300,
  onStep(step) {
    if (step === killAt && ++seen === Number(killCount)) process.kill(process.pid, "SIGKILL");
  },
});
await outbox.resume(AbortSignal.timeout(20_000));
await Promise.all(writes.map((data, i) => outbox.submit(`w${i}`, { kind: "note", to: address(echo), data: data as `0x${string}` })));
while (outbox.pending() > 0) await new Promise((wake) => setTimeout(wake, 10));
outbox.close();
await rpc.close();
