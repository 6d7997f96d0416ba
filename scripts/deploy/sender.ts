import { setTimeout as sleep } from "node:timers/promises";
import { encodeDeployData, encodeFunctionData, getContractAddress, hexToBigInt, hexToNumber, numberToHex, type Abi, type Address, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { fault } from "../../node-agent/src/model/fault.ts";
import type { Artifact } from "./artifacts.ts";

/** The one thing asked of a chain node; EIP-1193's `request`. */
export type Rpc = { request(call: { method: string; params?: readonly unknown[] }): Promise<unknown> };

export type SenderOptions = {
  readonly rpc: Rpc;
  readonly key: Hex;
  /** How long one transaction may take to be mined. */
  readonly timeoutSeconds: number;
  readonly onStep: (step: string) => void;
};

type Receipt = { readonly status: Hex; readonly blockNumber: Hex; readonly contractAddress: Address | null };

/** Calls the node; whatever it throws becomes DEPLOY_RPC_FAILED. */
export async function call(rpc: Rpc, method: string, params: readonly unknown[] = []): Promise<unknown> {
  try {
    return await rpc.request({ method, params });
  } catch (cause) {
    throw fault("DEPLOY_RPC_FAILED", { method, why: cause instanceof Error ? cause.message : String(cause) }, cause);
  }
}

export type Sender = Awaited<ReturnType<typeof createSender>>;

/**
 * Signs and sends legacy transactions of gas price 0 from one key, one at a time, each waited for.
 * `deploy` gives the new contract's address, `send` calls one, `addressAfter(n)` is where the n-th next transaction would deploy to.
 * Throws DEPLOY_RPC_FAILED, DEPLOY_TIMEOUT or DEPLOY_REVERTED.
 */
export async function createSender({ rpc, key, timeoutSeconds, onStep }: SenderOptions) {
  const account = privateKeyToAccount(key);
  const chainId = hexToNumber((await call(rpc, "eth_chainId")) as Hex);
  let nonce = hexToNumber((await call(rpc, "eth_getTransactionCount", [account.address, "latest"])) as Hex);

  async function mined(step: string, hash: Hex): Promise<Receipt> {
    const deadline = Date.now() + timeoutSeconds * 1000;
    for (let pause = 5; ; pause = Math.min(pause * 2, 250)) {
      const receipt = (await call(rpc, "eth_getTransactionReceipt", [hash])) as Receipt | null;
      if (receipt !== null) return receipt;
      if (Date.now() > deadline) throw fault("DEPLOY_TIMEOUT", { step, seconds: timeoutSeconds });
      await sleep(pause);
    }
  }

  async function transact(step: string, data: Hex, to?: Address): Promise<Receipt> {
    onStep(step);
    const target = to === undefined ? {} : { to };
    const estimate = (await call(rpc, "eth_estimateGas", [{ from: account.address, ...target, data, gasPrice: "0x0" }])) as Hex;
    // The estimate is exact for the present state; a fifth more absorbs storage that others change meanwhile.
    const gas = (hexToBigInt(estimate) * 6n) / 5n;
    const raw = await account.signTransaction({ type: "legacy", chainId, nonce, gas, gasPrice: 0n, data, ...target });
    const hash = (await call(rpc, "eth_sendRawTransaction", [raw])) as Hex;
    nonce += 1;
    const receipt = await mined(step, hash);
    if (hexToNumber(receipt.status) !== 1) throw fault("DEPLOY_REVERTED", { step, transaction: hash });
    return receipt;
  }

  return {
    address: account.address,
    addressAfter: (transactions: number): Address => getContractAddress({ from: account.address, nonce: BigInt(nonce + transactions) }),
    async deploy(step: string, { abi, bytecode }: Artifact, args: readonly unknown[]): Promise<{ address: Address; block: number }> {
      const receipt = await transact(step, encodeDeployData({ abi, bytecode, args }));
      if (receipt.contractAddress === null) throw fault("DEPLOY_REVERTED", { step, transaction: "no contract" });
      return { address: receipt.contractAddress, block: hexToNumber(receipt.blockNumber) };
    },
    async send(step: string, to: Address, abi: Abi, functionName: string, args: readonly unknown[]): Promise<void> {
      await transact(step, encodeFunctionData({ abi, functionName, args }), to);
    },
    /** Present head, as the block tag of later reads. */
    head: async (): Promise<Hex> => numberToHex(hexToNumber((await call(rpc, "eth_blockNumber")) as Hex)),
  };
}
