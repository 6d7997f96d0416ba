import { readFile } from "node:fs/promises";
import type { ContractAddresses } from "../../node-agent/src/ledger/contracts.ts";
import { createDecoder, parseLog } from "../../node-agent/src/ledger/decode.ts";
import { createRpc, type Rpc } from "../../node-agent/src/ledger/rpc.ts";
import { address } from "../../node-agent/src/model/ids.ts";
import type { LedgerEvent } from "../../node-agent/src/model/ledger-events.ts";
import { fetchAtB, prepareShared } from "./exchange.ts";
import { startHospitals } from "./hospitals.ts";
import { residentMiB } from "./memory.ts";
import type { BenchRow } from "./row.ts";
import { studyMaker } from "./study.ts";

/** Design bars of the operations that have one. */
const bars: Readonly<Record<string, number>> = { "study: register": 80_000, "consent: first grant to an institution": 70_000, "request: granted, TREAT": 130_000 };
const operations: Readonly<Partial<Record<LedgerEvent["kind"], string>>> = {
  StudyRegistered: "study registered, alone",
  ConsentGranted: "consent on paper attested",
  AccessRequested: "request granted",
  KeyDelivered: "key delivered",
  AccessAcknowledged: "access acknowledged, credit given",
};

type Receipt = { readonly gasUsed: string };
type Log = { readonly transactionHash: string };

async function logsOf(rpc: Rpc, contracts: readonly string[], fromBlock: number): Promise<Log[]> {
  return (await rpc.call("eth_getLogs", [{ fromBlock: `0x${fromBlock.toString(16)}`, toBlock: "latest", address: contracts }])) as Log[];
}

/** Gas of each operation: what the contracts' tests measured and committed, beside the bar where the design has one, and what two agents' transactions cost when one study goes from one to the other on the embedded chain. */
export async function run(): Promise<BenchRow[]> {
  const committed = JSON.parse(await readFile("contracts/gas.json", "utf8")) as Record<string, number>;
  const hospitals = await startHospitals();
  const rpc = createRpc({ endpoint: hospitals.chainUrl, timeoutMs: 10_000, retries: 1 });
  try {
    await fetchAtB(hospitals, await prepareShared(hospitals, studyMaker(1)()));
    const { contracts, deployedAtBlock } = hospitals.founding;
    const rssMiB = residentMiB(hospitals.a.pid);
    const rows: BenchRow[] = Object.entries(committed).map(([name, value]) => {
      const bar = bars[name];
      return { name: `gas, ${name}`, value, unit: "gas", rssMiB, ...(bar === undefined ? {} : { peer: "bar of the design", peerValue: bar, ratio: bar / value }) };
    });
    const named = Object.entries(contracts).map(([name, at]) => [name, address(at)] as const);
    const decode = createDecoder(Object.fromEntries(named) as ContractAddresses);
    for (const log of await logsOf(rpc, Object.values(contracts), deployedAtBlock + 1)) {
      const operation = operations[decode(parseLog(log), 0).kind];
      if (operation === undefined) continue;
      const { gasUsed } = (await rpc.call("eth_getTransactionReceipt", [log.transactionHash])) as Receipt;
      rows.push({ name: `gas on the chain, ${operation}`, value: Number(gasUsed), unit: "gas", rssMiB });
    }
    return rows;
  } finally {
    await rpc.close();
    await hospitals.stop();
  }
}
