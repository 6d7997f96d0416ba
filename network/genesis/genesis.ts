import { type Hex, quantity } from "../hex.ts";
import { genesisExtraData, type Protocol } from "./extra-data.ts";

/** One account of block 0 as genesis files write it; quantities in hex. */
export type GenesisAccount = {
  readonly balance: Hex;
  readonly nonce?: Hex;
  readonly code?: Hex;
  readonly storage?: Readonly<Record<Hex, Hex>>;
};

/** When rules change, in seconds since the epoch: Cancun from the start, since the contracts are compiled for it; later ones when the members agree. */
export type Forks = { readonly pragueTime: number | null; readonly osakaTime: number | null };

export type GenesisInput = {
  readonly chainId: number;
  readonly protocol: Protocol;
  readonly blockPeriodSeconds: number;
  readonly requestTimeoutSeconds: number;
  readonly epochLength: number;
  /** Seconds between blocks without transactions, QBFT only; null: every period has its block. */
  readonly emptyBlockPeriodSeconds: number | null;
  readonly forks: Forks;
  readonly gasLimit: number;
  /** Time stamp of block 0, seconds since the epoch. */
  readonly genesisTime: number;
  /** Addresses of the founding validators, in any order. */
  readonly validators: readonly string[];
  /** Accounts that block 0 holds. */
  readonly alloc: Readonly<Record<Hex, GenesisAccount>>;
};

/** A genesis file of Besu. */
export type Genesis = {
  readonly config: Readonly<Record<string, unknown>> & { readonly chainId: number };
  readonly nonce: Hex;
  readonly timestamp: Hex;
  readonly gasLimit: Hex;
  readonly difficulty: Hex;
  readonly mixHash: Hex;
  readonly coinbase: Hex;
  readonly baseFeePerGas: Hex;
  readonly extraData: Hex;
  readonly alloc: Readonly<Record<Hex, GenesisAccount>>;
};

/** By this value of `mixHash` Besu knows a block of its BFT protocols. */
const bftMixHash = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365";

/**
 * The genesis file of a free-gas BFT chain. The same input gives the same text of JSON whatever the order of its validators and accounts.
 * Throws TypeError as genesisExtraData does.
 */
export function genesisOf(input: GenesisInput): Genesis {
  const { protocol, forks, blockPeriodSeconds: blockperiodseconds, requestTimeoutSeconds: requesttimeoutseconds, epochLength: epochlength } = input;
  const emptyPeriod = protocol === "qbft" && input.emptyBlockPeriodSeconds !== null ? { emptyblockperiodseconds: input.emptyBlockPeriodSeconds } : {};
  return {
    config: {
      chainId: input.chainId,
      londonBlock: 0,
      shanghaiTime: 0,
      cancunTime: 0,
      ...(forks.pragueTime === null ? {} : { pragueTime: forks.pragueTime }),
      ...(forks.osakaTime === null ? {} : { osakaTime: forks.osakaTime }),
      zeroBaseFee: true,
      [protocol]: { blockperiodseconds, epochlength, requesttimeoutseconds, ...emptyPeriod },
    },
    nonce: "0x0",
    timestamp: quantity(input.genesisTime),
    gasLimit: quantity(input.gasLimit),
    difficulty: "0x1",
    mixHash: bftMixHash,
    coinbase: `0x${"0".repeat(40)}`,
    // Without it Besu gives block 0 a base fee of one gwei, zeroBaseFee or not, and block 0 is what "latest" means on a chain that does not seal yet.
    baseFeePerGas: "0x0",
    extraData: genesisExtraData(protocol, input.validators),
    alloc: Object.fromEntries(Object.entries(input.alloc).sort(([one], [two]) => (one < two ? -1 : 1))) as Genesis["alloc"],
  };
}

/** The bytes of the file, which every member signs. */
export const genesisText = (genesis: Genesis): string => `${JSON.stringify(genesis, null, 2)}\n`;
