import { TransactionFactory } from "web3-eth-accounts";
import { fault } from "../model/fault.ts";
import type { MemberId } from "../model/ids.ts";
import { address } from "../model/ids.ts";
import type { Registrar } from "../ports/registrar.ts";
import { selectorOf } from "./abi-codec.ts";
import { parseQuantity } from "./block.ts";
import type { LedgerConfig } from "./config.ts";
import type { Rpc } from "./rpc.ts";
import { sendSigned } from "./send-direct.ts";

const longestRaw = 40_000;
const hex = (bytes: Uint8Array): `0x${string}` => `0x${Buffer.from(bytes).toString("hex")}`;
const refused = (why: string, cause?: unknown): Error => fault("REGISTRATION_REFUSED", { why }, cause);

/** A signed transaction, read far enough to know what it does. Throws REGISTRATION_REFUSED. */
function read(raw: `0x${string}`) {
  if (raw.length > longestRaw || !/^0x(?:[0-9a-f]{2})+$/iu.test(raw)) throw refused("it is no signed transaction");
  try {
    const transaction = TransactionFactory.fromSerializedData(Buffer.from(raw.slice(2), "hex"));
    return { from: address(transaction.getSenderAddress().toString()), to: transaction.to?.toString().toLowerCase() ?? null, data: hex(transaction.data), value: transaction.value, hash: hex(transaction.hash()), chainId: transaction.common.chainId() };
  } catch (cause) {
    throw refused("it is no signed transaction", cause);
  }
}

/** Sends registrations of other members over our own node: only `setNodes` and `setProfile` of the member that asks. */
export function createRegistrar(rpc: Rpc, { contracts, chainId }: Pick<LedgerConfig, "contracts" | "chainId">): Registrar {
  const allowed = new Set([selectorOf("memberRegistry", "setNodes"), selectorOf("memberRegistry", "setProfile")]);
  return {
    nonce: async (account) => parseQuantity("eth_getTransactionCount", await rpc.call("eth_getTransactionCount", [account, "pending"])),
    async relay(raw, member: MemberId, signal) {
      const { from, to, data, value, hash, chainId: chain } = read(raw);
      if (chain !== BigInt(chainId)) throw refused("it is for another chain");
      if (to !== contracts.memberRegistry || value !== 0n) throw refused("it is not a call to MemberRegistry");
      if (!allowed.has(data.slice(0, 10)) || data.slice(10, 74) !== member.toString(16).padStart(64, "0")) throw refused("it does not set profile or nodes of the member that asks");
      return await sendSigned(rpc, { raw, hash, from, call: { kind: "registration", to: contracts.memberRegistry, data } }, signal);
    },
  };
}
