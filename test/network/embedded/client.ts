import { randomBytes } from "node:crypto";
import { createSigner, type Signer } from "../../../node-agent/src/ledger/sign.ts";

export const newSigner = (chainId = 20251): Signer => createSigner(randomBytes(32), chainId);

/** One JSON-RPC call; rejects with the node's message. */
export async function rpc(url: string, method: string, params: readonly unknown[] = []): Promise<unknown> {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }) });
  const reply = (await response.json()) as { result?: unknown; error?: { code: number; message: string } };
  if (reply.error !== undefined) throw new Error(`${reply.error.code} ${reply.error.message}`);
  return reply.result;
}

/** A transaction without effect: to itself, no value. */
export const note = (signer: Signer, nonce: number, gas = 60_000): { raw: `0x${string}`; hash: string } =>
  signer.sign({ nonce, gas, to: signer.address, data: `0x${nonce.toString(16).padStart(8, "0")}` });
