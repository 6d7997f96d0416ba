import { Common, privateKeyToAddress, Transaction } from "web3-eth-accounts";
import { type Address, address, type Digest, digest } from "../model/ids.ts";

/** A signer of legacy transactions at gas price 0. The key stays inside. */
export type Signer = {
  readonly address: Address;
  /** EIP-155 legacy transaction: free gas needs none of the later types. `gas` in gas units; data is calldata as 0x hex. Pure: same input, same bytes. */
  sign(transaction: UnsignedTransaction): SignedTransaction;
};

export type UnsignedTransaction = { readonly nonce: number; readonly gas: number; readonly to: Address | null; readonly data: `0x${string}` };
export type SignedTransaction = { readonly raw: `0x${string}`; readonly hash: Digest };

const hex = (bytes: Uint8Array): `0x${string}` => `0x${Buffer.from(bytes).toString("hex")}`;

/** Makes the signer of an operator key (32 bytes) for a chain. Throws TypeError when the bytes are no secp256k1 key; never repeats them. */
export function createSigner(key: Uint8Array, chainId: number): Signer {
  let account: Address;
  try {
    account = address(privateKeyToAddress(key));
  } catch {
    throw new TypeError("the operator key is not a secp256k1 private key of 32 bytes");
  }
  const common = Common.custom({ chainId: BigInt(chainId) }, { baseChain: "mainnet", hardfork: "london" });
  return {
    address: account,
    sign({ nonce, gas, to, data }) {
      const fields = { nonce: BigInt(nonce), gasLimit: BigInt(gas), gasPrice: 0n, value: 0n, data, ...(to === null ? {} : { to }) };
      const signed = Transaction.fromTxData(fields, { common }).sign(key);
      return { raw: hex(signed.serialize()), hash: digest(hex(signed.hash())) };
    },
  };
}
