import { keccak } from "../../node-agent/src/encoding/keccak.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { fromHex, type Hex, toHex } from "../hex.ts";
import { encodeRlp, type RlpItem } from "../../node-agent/src/encoding/rlp.ts";
import { scalar } from "../../node-agent/src/encoding/scalar.ts";
import { buildTrie, emptyRoot } from "../../node-agent/src/encoding/trie.ts";
import type { Genesis, GenesisAccount } from "./genesis.ts";

const zeros = (length: number) => new Uint8Array(length);
const noUncles = keccak(encodeRlp([]));

/** RLP of an account in the state trie: nonce, balance, storage root, code hash (Yellow Paper, section 4.1). */
function accountRlp({ balance, nonce = "0x0", code = "0x", storage = {} }: GenesisAccount): Uint8Array {
  const slots = Object.entries(storage)
    .map(([slot, value]) => [BigInt(slot), BigInt(value)] as const)
    .filter(([, value]) => value !== 0n);
  const root = buildTrie(slots.map(([slot, value]) => ({ key: keccak(fromHex(slot.toString(16).padStart(64, "0"))), value: encodeRlp(scalar(value)) }))).root;
  return encodeRlp([scalar(BigInt(nonce)), scalar(BigInt(balance)), root, keccak(fromHex(code))]);
}

/** Root of the state that the accounts of a genesis file make. */
export function stateRoot(alloc: Genesis["alloc"]): Uint8Array {
  return buildTrie(Object.entries(alloc).map(([address, account]) => ({ key: keccak(fromHex(address)), value: accountRlp(account) }))).root;
}

/** Fields that later rules add to a header (EIP-1559, 4895, 4844, 4788, 7685), present in block 0 when their fork begins with it. */
function forkFields({ config, baseFeePerGas, timestamp }: Genesis): RlpItem[] {
  const active = (name: string) => typeof config[name] === "number" && config[name] <= Number(timestamp);
  const osaka = active("osakaTime");
  const prague = active("pragueTime") || osaka;
  const cancun = active("cancunTime") || prague;
  const shanghai = active("shanghaiTime") || cancun;
  return [
    scalar(BigInt(baseFeePerGas)),
    ...(shanghai ? [emptyRoot] : []),
    ...(cancun ? [zeros(0), zeros(0), zeros(32)] : []),
    ...(prague ? [sha256(zeros(0))] : []),
  ];
}

/**
 * Hash of block 0 of a genesis file made here, computed without any node. Unlike later blocks of a BFT chain, whose hash leaves the seals and (IBFT
 * 2.0) the round out, block 0 is hashed with its extraData as it stands in the file; Besu 26.8.0 does so for both protocols.
 */
export function blockZeroHash(genesis: Genesis): Hex {
  const header: RlpItem[] = [
    zeros(32),
    noUncles,
    fromHex(genesis.coinbase),
    stateRoot(genesis.alloc),
    emptyRoot,
    emptyRoot,
    zeros(256),
    scalar(BigInt(genesis.difficulty)),
    zeros(0),
    scalar(BigInt(genesis.gasLimit)),
    zeros(0),
    scalar(BigInt(genesis.timestamp)),
    fromHex(genesis.extraData),
    fromHex(genesis.mixHash),
    zeros(8),
    ...forkFields(genesis),
  ];
  return toHex(keccak(encodeRlp(header)));
}
