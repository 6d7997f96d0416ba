import { fault } from "../model/fault.ts";
import type { LedgerConfig } from "./config.ts";
import { placesOf } from "./contracts.ts";
import { parseBlock, parseQuantity } from "./block.ts";
import type { Rpc } from "./rpc.ts";

/** Throws LEDGER_WRONG_CHAIN when the node's chain id or genesis hash is another, LEDGER_NO_CONTRACT when an address holds no code. */
export async function verifyChain(rpc: Rpc, { chainId, genesisHash, contracts }: LedgerConfig): Promise<void> {
  const places = placesOf(contracts);
  const calls = places.map(([, at]) => ({ method: "eth_getCode", params: [at, "latest"] }));
  const [id, genesis, ...codes] = await rpc.callAll([{ method: "eth_chainId", params: [] }, { method: "eth_getBlockByNumber", params: ["0x0", false] }, ...calls]);
  const actual = parseQuantity("eth_chainId", id);
  if (actual !== chainId) throw fault("LEDGER_WRONG_CHAIN", { expected: String(chainId), actual: String(actual) });
  const hash = parseBlock(genesis, 0)?.hash ?? "without genesis block";
  if (hash !== genesisHash) throw fault("LEDGER_WRONG_CHAIN", { expected: `${chainId} (${genesisHash})`, actual: `${actual} (${hash})` });
  places.forEach(([contract, address], i) => {
    if (codes[i] === "0x") throw fault("LEDGER_NO_CONTRACT", { contract, address });
  });
}
