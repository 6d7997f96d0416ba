import { fault } from "../../model/fault.ts";
import { address } from "../../model/ids.ts";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import { writeNew } from "../files.ts";
import { readKeyFile } from "../key-file.ts";
import type { CouncilInfo } from "./council-api.ts";

export type Unsigned = { readonly chainId: number; readonly to: string; readonly data: `0x${string}`; readonly nonce: number; readonly gas: number };
export type Relayed = { readonly receipt: { readonly transaction: string; readonly block: number }; readonly function: string };

/** The address of the key in a file. */
export async function addressOf(keyFile: string, chainId: number): Promise<`0x${string}`> {
  const { createSigner } = await import("../../ledger/sign.ts");
  const key = await readKeyFile(keyFile);
  const { address: own } = createSigner(key, chainId);
  key.fill(0);
  return own;
}

/**
 * Signs a transaction that an agent prepared, after making sure that it is the one this command asked for: to the Council, with the
 * calldata made here. The agent could else have any transaction signed. Gives the raw bytes. Throws CLI_BAD_ANSWER.
 */
export async function signPrepared(client: Client, prepared: Unsigned, wanted: { readonly council: CouncilInfo; readonly data: `0x${string}`; readonly keyFile: string }): Promise<`0x${string}`> {
  const { council, data, keyFile } = wanted;
  const differs = prepared.to.toLowerCase() !== council.council.toLowerCase() ? "another recipient" : prepared.data.toLowerCase() !== data.toLowerCase() ? "other calldata" : prepared.chainId !== council.chainId ? "another chain" : null;
  if (differs !== null) throw fault("CLI_BAD_ANSWER", { url: client.url, what: `the prepared transaction has ${differs}` });
  const { createSigner } = await import("../../ledger/sign.ts");
  const key = await readKeyFile(keyFile);
  const { raw } = createSigner(key, prepared.chainId).sign({ nonce: prepared.nonce, gas: prepared.gas, to: address(prepared.to), data });
  key.fill(0);
  return raw;
}

/** Has the agent relay the signed bytes, or keeps them in a file for another agent. Gives null when kept. */
export async function relayOrKeep(context: Context, client: Client, raw: `0x${string}`, out: string | undefined): Promise<Relayed | null> {
  if (out === undefined) return await client.post<Relayed>("/api/council/transactions", { raw });
  await writeNew(out, `${JSON.stringify({ kind: "council transaction", raw }, null, 2)}\n`);
  context.result({ file: out }, () => `Signed, not sent. Written to ${out}; any hospital's agent relays it: fiducial member submit ${out} --url URL`);
  return null;
}
