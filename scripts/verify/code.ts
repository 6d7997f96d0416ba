import { concat, domainSeparator, getAddress, hexToBytes, keccak256, numberToHex, pad, size, stringToHex, toHex, type Address, type Hex } from "viem";
import type { Artifact } from "../deploy/artifacts.ts";
import { implementationOf } from "../deploy/read.ts";
import { call, type Rpc } from "../deploy/sender.ts";
import type { Row } from "./row.ts";

type Compared = { readonly same: boolean; /** What the constructor filled in, each 32 bytes. */ readonly immutables: readonly Hex[] };

/**
 * Compares code on the chain with the compiler's, byte for byte with the metadata at its end, leaving out where the constructor
 * fills values in. The values are returned: they are part of what the code does.
 */
export function compareCode(onChain: Hex, { deployedBytecode, immutableReferences }: Pick<Artifact, "deployedBytecode" | "immutableReferences">): Compared {
  const [running, compiled] = [hexToBytes(onChain), hexToBytes(deployedBytecode)];
  if (running.length !== compiled.length) return { same: false, immutables: [] };
  const immutables = new Set<Hex>();
  for (const { start, length } of Object.values(immutableReferences).flat()) {
    immutables.add(toHex(running.slice(start, start + length)));
    running.fill(0, start, start + length);
  }
  return { same: running.every((byte, index) => byte === compiled[index]), immutables: [...immutables] };
}

/** Whether code at an address is this artifact's, without values that a constructor filled in. Throws DEPLOY_RPC_FAILED. */
export async function plainCode(rpc: Rpc, what: string, address: Address, artifact: Artifact): Promise<Row> {
  const { same, immutables } = compareCode((await call(rpc, "eth_getCode", [address, "latest"])) as Hex, artifact);
  return { area: "code", what, found: same ? address : `${address} runs other code than this source`, ok: same && immutables.length === 0 };
}

/** A short string as OpenZeppelin's ShortStrings keeps it in one word: left-aligned, its length in the last byte. */
const shortString = (text: string): Hex => concat([pad(stringToHex(text), { size: 31, dir: "right" }), numberToHex(size(stringToHex(text)), { size: 1 })]);

/**
 * The guardians' panel: not behind a proxy, so that what its constructor filled in is its Council and the parts of its EIP-712
 * domain (name, version, chain, own address), and nothing else. Throws DEPLOY_RPC_FAILED.
 */
export async function panelCode(rpc: Rpc, panel: Address, artifact: Artifact, council: Address | undefined): Promise<Row> {
  const { same, immutables } = compareCode((await call(rpc, "eth_getCode", [panel, "latest"])) as Hex, artifact);
  const chainId = BigInt((await call(rpc, "eth_chainId")) as Hex);
  const [name, version] = ["Fiducial Guardians", "1"];
  const texts = [name, version].flatMap((text) => [keccak256(stringToHex(text)), shortString(text)]);
  const allowed = new Set([...texts, domainSeparator({ domain: { name, version, chainId: Number(chainId), verifyingContract: panel } }), numberToHex(chainId), panel, council ?? "0x0"].map((word) => BigInt(word)));
  const strange = immutables.some((word) => !allowed.has(BigInt(word)));
  const found = !same ? `${panel} runs other code than this source` : strange ? `${panel} was made for another Council, chain or address` : panel;
  return { area: "code", what: "GuardianPanel", found, ok: same && !strange };
}

/** Largest number a constructor of ours fills in (seconds); anything larger is an address. */
const LARGEST_NUMBER = 2n ** 32n;

/**
 * Proxy and the code behind it. What its constructor filled in may be the code's own address (UUPS), a contract of the
 * consortium (`known`), or a small number. Throws DEPLOY_RPC_FAILED.
 */
export async function proxiedCode(
  rpc: Rpc,
  what: string,
  proxy: Address,
  { artifact, shell, known }: { readonly artifact: Artifact; readonly shell: Artifact; readonly known: readonly Address[] },
): Promise<Row[]> {
  const implementation = await implementationOf(rpc, proxy);
  const { same, immutables } = compareCode((await call(rpc, "eth_getCode", [implementation, "latest"])) as Hex, artifact);
  const allowed = new Set([implementation, ...known].map((address) => BigInt(address)));
  const strange = immutables.filter((word) => BigInt(word) >= LARGEST_NUMBER && !allowed.has(BigInt(word)));
  const found = same ? (strange[0] === undefined ? implementation : `names ${getAddress(`0x${strange[0].slice(-40)}`)}, which is not of this consortium`) : `${implementation} is other code than this source`;
  return [await plainCode(rpc, `${what} proxy`, proxy, shell), { area: "code", what: `${what} code`, found, ok: same && strange.length === 0 }];
}
