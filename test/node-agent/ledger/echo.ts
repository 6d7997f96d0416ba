import { type Address, address } from "../../../node-agent/src/model/ids.ts";
import type { Signer } from "../../../node-agent/src/ledger/sign.ts";
import { rpc } from "../../network/embedded/client.ts";

/**
 * A contract of 27 bytes: logs its calldata as it is; reverts with the rest of it when the first byte is ff. What was executed, and how often, can so be
 * read from the chain's logs alone.
 */
const initCode = "0x601b8060095f395ff3365f5f375f3560f81c60ff14601357365fa0005b6001360360" + "01fd";

export async function deployEcho(url: string, signer: Signer): Promise<Address> {
  const nonce = Number(await rpc(url, "eth_getTransactionCount", [signer.address, "pending"]));
  const { raw, hash } = signer.sign({ nonce, gas: 200_000, to: null, data: initCode as `0x${string}` });
  await rpc(url, "eth_sendRawTransaction", [raw]);
  const receipt = (await rpc(url, "eth_getTransactionReceipt", [hash])) as { contractAddress: string; status: string };
  if (receipt.status !== "0x1") throw new Error("the echo contract was not deployed");
  return address(receipt.contractAddress);
}

/** Everything the contract was told, in chain order. */
export async function echoed(url: string, contract: Address): Promise<string[]> {
  const logs = (await rpc(url, "eth_getLogs", [{ fromBlock: "0x0", toBlock: "latest", address: contract }])) as { data: string }[];
  return logs.map((log) => log.data);
}
