import { setTimeout as sleep } from "node:timers/promises";
import { Transaction } from "web3-eth-accounts";
import { fault } from "../model/fault.ts";
import { type Address, address, type Digest, digest } from "../model/ids.ts";
import type { Council, CouncilFunction } from "../ports/council.ts";
import { selectorOf } from "./abi-codec.ts";
import { broadcast } from "./broadcast.ts";
import { createPreflight } from "./preflight.ts";
import { fetchReceipt } from "./receipts.ts";
import type { Rpc } from "./rpc.ts";

/** The whole list of what is relayed for others. */
export const relayed: readonly CouncilFunction[] = ["propose", "castVote", "castVoteWithReason", "queue", "execute", "cancel"];

/** How long a relayed transaction may take to be mined, ms: a few block periods with room. */
const patienceMs = 60_000;
/** Longest transaction taken, bytes; a proposal of many calls with a long text is far below. */
const longest = 128 * 1024;

type Signed = { readonly from: Address; readonly data: `0x${string}`; readonly hash: Digest; readonly name: CouncilFunction };

const hex = (bytes: Uint8Array): `0x${string}` => `0x${Buffer.from(bytes).toString("hex")}`;
const refused = (why: string, cause?: unknown): Error => fault("PROPOSAL_TRANSACTION_REFUSED", { why }, cause);

/** Reads a signed transaction and throws PROPOSAL_TRANSACTION_REFUSED unless it is one of `relayed`, to the Council, for this chain, without value. */
export function readCouncilTransaction(raw: `0x${string}`, chainId: number, council: Address): Signed {
  if (raw.length > 2 * longest) throw refused("it is longer than any proposal");
  let signed: Signed & { readonly to: Address | null; readonly value: bigint; readonly chain: bigint | null };
  try {
    const bytes = Buffer.from(raw.slice(2), "hex");
    // EIP-2718: a legacy transaction begins as a list of RLP does. Gas is free, so that nobody needs the later kinds.
    if ((bytes[0] ?? 0) < 0xc0) throw refused("it is of another kind than a legacy transaction (gas price 0)");
    const transaction = Transaction.fromSerializedTx(bytes);
    const { v } = transaction;
    // EIP-155: v is 35 or 36 plus twice the chain id.
    const chain = v === undefined || v < 35n ? null : (v - 35n) / 2n;
    const data = hex(transaction.data);
    const name = relayed.find((one) => selectorOf("council", one) === data.slice(0, 10));
    if (name === undefined) throw refused("it calls something else than proposing, voting, queueing, executing or cancelling");
    signed = {
      from: address(transaction.getSenderAddress().toString()),
      to: transaction.to === undefined ? null : address(transaction.to.toString()),
      value: transaction.value,
      chain,
      data,
      hash: digest(hex(transaction.hash())),
      name,
    };
  } catch (error) {
    if (error instanceof Error && error.name === "Fault") throw error;
    throw refused("it is no signed transaction", error);
  }
  const { to, value, chain, ...rest } = signed;
  if (chain === null || chain !== BigInt(chainId)) throw refused(chain === null ? "it could be replayed on any chain: it names none" : `it is for chain ${chain}, not ${chainId}`);
  if (to !== council) throw refused("it does not go to the Council");
  if (value !== 0n) throw refused("it carries a value");
  return rest;
}

/** See {@link Council.relay}. Sending the same bytes twice is harmless: the second time gives the first one's receipt. */
export function createRelay(rpc: Rpc, { chainId, council, pollMs }: { readonly chainId: number; readonly council: Address; readonly pollMs: number }): Council["relay"] {
  return async (raw, signal = new AbortController().signal) => {
    const { from, data, hash, name } = readCouncilTransaction(raw, chainId, council);
    const preflight = createPreflight(rpc, from, signal);
    const call = { kind: name, to: council, data };
    if ((await fetchReceipt(rpc, hash, signal)) === null) {
      await preflight.gasFor(call);
      const outcome = await broadcast(rpc, raw, signal);
      if (outcome.kind === "refused") throw refused(`the chain node said: ${outcome.reason}`);
      if (outcome.kind === "used" && (await fetchReceipt(rpc, hash, signal)) === null) throw refused("another transaction of this key has its number (nonce): sign again");
    }
    for (const until = performance.now() + patienceMs; ; ) {
      const mined = await fetchReceipt(rpc, hash, signal);
      if (mined?.succeeded === true) return { transaction: hash, block: mined.block, from, name, hash };
      if (mined !== null) throw fault("LEDGER_REVERTED", { error: await preflight.revertName(call, mined.block), intent: name });
      if (performance.now() > until) throw fault("PROPOSAL_TRANSACTION_WAITS", { transaction: hash, seconds: patienceMs / 1000 });
      await sleep(pollMs, undefined, { signal });
    }
  };
}
