import type { ExecutionContext, TestFn } from "ava";
import hre from "hardhat";
import { decodeErrorResult, decodeEventLog, decodeFunctionResult, encodeFunctionData, getAddress, hexToNumber, numberToHex, type Abi, type Address, type Hex } from "viem";
import { consortiumErrorsAbi } from "../../../node-agent/src/ledger/abi.generated.ts";
import type { Rpc } from "../../../scripts/deploy/sender.ts";
import { recordBranches } from "./branches.ts";

export type Contract = { readonly address: Address; readonly abi: Abi };
export type Event = { readonly name: string; readonly args: Readonly<Record<string, unknown>>; readonly address: Address };
export type Sent = { readonly gas: number; readonly events: readonly Event[]; readonly block: number };
type Log = { readonly address: Address; readonly topics: [Hex, ...Hex[]]; readonly data: Hex };
type Receipt = { readonly gasUsed: Hex; readonly logs: readonly Log[]; readonly blockNumber: Hex; readonly contractAddress: Address };

export type Chain = Awaited<ReturnType<typeof startChain>>;

/** Return data of a failed call, wherever the provider put it. */
export function revertData(error: unknown): Hex | undefined {
  for (let at: unknown = error; typeof at === "object" && at !== null; at = "cause" in at ? at.cause : undefined) {
    if ("data" in at && typeof at.data === "string") return at.data as Hex;
    if ("data" in at && typeof at.data === "object" && at.data !== null && "data" in at.data) return at.data.data as Hex;
  }
  return undefined;
}

/** A fresh in-process chain with the compiled contracts, gas price 0 and a block per transaction. `abis` decode the events. */
export async function startChain() {
  const connection = await hre.network.create("contracts");
  const provider = connection.provider as unknown as Rpc;
  // Set by scripts/branches.ts.
  const { RECORD_BRANCHES } = process.env;
  const rpc = RECORD_BRANCHES === undefined ? provider : await recordBranches(provider, RECORD_BRANCHES);
  const abis: Abi[] = [];
  const request = async (method: string, ...params: unknown[]) => rpc.request({ method, params });
  const accounts = ((await request("eth_accounts")) as Address[]).map((item) => getAddress(item));

  function decode(log: Log): Event {
    for (const abi of abis) {
      try {
        const { eventName = "", args = {} } = decodeEventLog({ abi, topics: log.topics, data: log.data });
        return { name: eventName, args: args as unknown as Record<string, unknown>, address: log.address };
      } catch {
        // not this contract's event
      }
    }
    throw new Error(`no ABI knows the event ${log.topics[0]}`);
  }

  async function transact(from: Address, data: Hex, to?: Address): Promise<Receipt> {
    const call = { from, ...(to === undefined ? {} : { to }), data, gas: numberToHex(16_000_000), gasPrice: "0x0" };
    const hash = await request("eth_sendTransaction", call);
    return (await request("eth_getTransactionReceipt", hash)) as Receipt;
  }

  const account = (index: number): Address => {
    const found = accounts[index];
    if (found === undefined) throw new Error("no such account");
    return found;
  };

  return {
    rpc,
    connection,
    abis,
    account,
    async send(from: Address, contract: Contract, functionName: string, args: readonly unknown[] = []): Promise<Sent> {
      const receipt = await transact(from, encodeFunctionData({ abi: contract.abi, functionName, args }), contract.address);
      return { gas: hexToNumber(receipt.gasUsed), events: receipt.logs.map(decode), block: hexToNumber(receipt.blockNumber) };
    },
    async read<T>(contract: Contract, functionName: string, args: readonly unknown[] = []): Promise<T> {
      const data = encodeFunctionData({ abi: contract.abi, functionName, args });
      const result = (await request("eth_call", { to: contract.address, data }, "latest")) as Hex;
      return decodeFunctionResult({ abi: contract.abi, functionName, data: result }) as T;
    },
    async create(from: Address, data: Hex): Promise<Address> {
      return getAddress((await transact(from, data)).contractAddress);
    },
    async now(): Promise<number> {
      const block = (await request("eth_getBlockByNumber", "latest", false)) as { timestamp: Hex };
      return hexToNumber(block.timestamp);
    },
    async sleep(seconds: number): Promise<void> {
      await request("evm_increaseTime", numberToHex(seconds));
      await request("evm_mine");
    },
    /** The next block, and no other, gets this time. */
    nextBlockAt: (seconds: number) => request("evm_setNextBlockTimestamp", numberToHex(seconds)),
    setStorage: (address: Address, slot: Hex, word: Hex) => request("hardhat_setStorageAt", address, slot, word),
    getStorage: async (address: Address, slot: Hex) => (await request("eth_getStorageAt", address, slot, "latest")) as Hex,
    snapshot: () => request("evm_snapshot"),
    revert: (id: unknown) => request("evm_revert", id),
  };
}

/** Asserts that the promise fails with this custom error, and gives its arguments. */
export async function refused(t: ExecutionContext, name: string, attempt: Promise<unknown>): Promise<readonly unknown[]> {
  const error: unknown = await attempt.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error === undefined) {
    t.fail(`expected ${name}, but the call went through`);
    return [];
  }
  const data = revertData(error);
  if (data === undefined) throw error;
  const { errorName, args = [] } = decodeErrorResult({ abi: consortiumErrorsAbi, data });
  t.is(errorName, name as typeof errorName);
  return args;
}

/** The one event of this name in a transaction; asserts that it is there exactly once and, if given, has these arguments. */
export function emitted(t: ExecutionContext, sent: Sent, name: string, args: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const found = sent.events.filter((event) => event.name === name);
  t.is(found.length, 1, `${name} once in ${sent.events.map((event) => event.name).join()}`);
  const got = found[0]?.args ?? {};
  for (const [key, value] of Object.entries(args)) t.deepEqual(got[key], value, `${name}.${key}`);
  return got;
}

/** Must be called once by every test file that runs a chain: hands what the chain covered to the coverage report, if one is being made. */
export function reportCoverage<C>(test: TestFn<C>): void {
  test.after.always("coverage", async () => {
    await hre.hooks.runHandlerChain("test", "onTestWorkerDone", ["ava"], async () => {});
  });
}
