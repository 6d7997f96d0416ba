import { encodeFunctionCall } from "web3-eth-abi";
import { recover } from "web3-eth-accounts";
import type { Digest } from "../model/ids.ts";
import type { TypedData } from "../model/typed-data.ts";
import type { Rpc } from "./rpc.ts";
import { hashTypedData } from "./typed-data.ts";

type Hex = `0x${string}`;

const bytesParameter = (name: string) => ({ name, type: "bytes" });
const isValidSignature = { type: "function", name: "isValidSignature", inputs: [{ name: "hash", type: "bytes32" }, bytesParameter("signature")] } as const;
const verify = { type: "function", name: "verify", inputs: [bytesParameter("key"), { name: "hash", type: "bytes32" }, bytesParameter("signature")] } as const;
/** What a signer answers for yes: the selector of its own function (ERC-1271; ERC-7913). */
const erc1271Yes = "0x1626ba7e";
const erc7913Yes = "0x024ad318";

/** secp256k1 order / 2: OpenZeppelin's ECDSA refuses the upper half, so a signature could not be changed into another that also holds. */
const halfOrder = 0x7fffffff_ffffffff_ffffffff_ffffffff_5d576e73_57a4501d_dfe92f46_681b20a0n;

function recoversTo(hash: Digest, signer: string, signature: Hex): boolean {
  if (!/^0x[0-9a-f]{130}$/iu.test(signature)) return false;
  if (BigInt(`0x${signature.slice(66, 130)}`) > halfOrder || !/1[bc]$/iu.test(signature)) return false;
  try {
    return recover(hash, signature, true).toLowerCase() === signer.toLowerCase();
  } catch {
    return false;
  }
}

async function answers(rpc: Rpc, to: string, data: string, yes: string): Promise<boolean> {
  const reply = await rpc.ask("eth_call", [{ to, data }, "latest"]);
  return "result" in reply && typeof reply.result === "string" && reply.result.length >= 66 && reply.result.startsWith(`${yes}${"0".repeat(56)}`);
}

/**
 * Whether `signature` by `signer` over the document holds at the latest block, by the rules of OpenZeppelin's SignatureChecker: 20 bytes are an
 * account (ECDSA) or, where code is, a contract (ERC-1271); more are `verifier || key` (ERC-7913). Malformed input is false, not an error.
 */
export async function verifySignature(rpc: Rpc, document: TypedData, signer: Hex, signature: Hex): Promise<boolean> {
  if (!/^0x(?:[0-9a-f]{2}){20,}$/iu.test(signer) || !/^0x(?:[0-9a-f]{2})*$/iu.test(signature)) return false;
  const hash = hashTypedData(document);
  const first = signer.slice(0, 42);
  if (signer.length > 42) return answers(rpc, first, encodeFunctionCall(verify, [`0x${signer.slice(42)}`, hash, signature]), erc7913Yes);
  const code = await rpc.call("eth_getCode", [first, "latest"]);
  if (code === "0x") return recoversTo(hash, first, signature);
  return answers(rpc, first, encodeFunctionCall(isValidSignature, [hash, signature]), erc1271Yes);
}
