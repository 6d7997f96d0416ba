import { keccak } from "../encoding/keccak.ts";
import { concat, encodeRlp } from "../encoding/rlp.ts";
import { buildTrie, emptyRoot, type TrieEntry } from "../encoding/trie.ts";
import { fault } from "../model/fault.ts";
import { type VotingRules, defaultEpochLength } from "./validators.ts";
import { bytesOf, hexOf, numberOf, scalarOf } from "./hex.ts";
import { encodeRpcHeader } from "./header.ts";

type Words = Readonly<Record<string, unknown>>;
/** What a genesis file says, worked out without any node. */
export type Genesis = { readonly chainId: number; readonly header: Uint8Array; readonly rules: VotingRules };

const zero = (size: number): string => `0x${"00".repeat(size)}`;
/** Keccak-256 of an empty RLP list, and SHA-256 of no requests (EIP-7685). */
const noUncles = hexOf(keccak(encodeRlp([])));
const noRequests = "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const wordsOf = (value: unknown): Words => (typeof value === "object" && value !== null ? (value as Words) : {});
/** Genesis files write numbers as decimal or hex text and as numbers. */
const quantity = (value: unknown, what: string): Uint8Array => scalarOf(typeof value === "string" && /^\d+$/u.test(value) ? BigInt(value) : value, what);
const hex = (value: unknown, size: number, what: string): string => hexOf(padded(bytesOf(value ?? "0x", what), size, what));

function padded(bytes: Uint8Array, size: number, what: string): Uint8Array {
  if (bytes.length > size) throw fault("PROOF_MALFORMED", { what: `${what} is longer than ${size} bytes` });
  return concat([new Uint8Array(size - bytes.length), bytes]);
}

/** The state root of the accounts that exist from the beginning (yellow paper, section 4.1). */
function stateRoot(alloc: Words): Uint8Array {
  const accounts: TrieEntry[] = [];
  for (const [name, value] of Object.entries(alloc)) {
    const { balance, nonce, code, storage } = wordsOf(value);
    const cells = Object.entries(wordsOf(storage)).flatMap(([cell, content]): TrieEntry[] => {
      const word = scalarOf(content, "a storage value");
      return word.length === 0 ? [] : [{ key: keccak(padded(scalarOf(cell, "a storage key"), 32, "a storage key")), value: encodeRlp(word) }];
    });
    const account = [quantity(nonce ?? 0, "a nonce"), quantity(balance ?? 0, "a balance"), buildTrie(cells).root, keccak(bytesOf(code ?? "0x", "code"))];
    const where = bytesOf(name.startsWith("0x") ? name : `0x${name}`, "an account");
    accounts.push({ key: keccak(padded(where, 20, "an account")), value: encodeRlp(account) });
  }
  return buildTrie(accounts).root;
}

function overridesIn(transitions: unknown): VotingRules["overrides"] {
  const found: { block: number; validators: `0x${string}`[] }[] = [];
  for (const list of [wordsOf(transitions)["ibft2"], wordsOf(transitions)["qbft"]]) {
    for (const value of Array.isArray(list) ? list : []) {
      const { block, validators, validatorselectionmode: mode } = lowered(wordsOf(value));
      if (mode === "contract") throw fault("PROOF_MALFORMED", { what: "the genesis file takes validators from a contract, which no header shows" });
      if (!Array.isArray(validators)) continue;
      found.push({ block: numberOf(quantity(block, "a block"), "a block"), validators: validators.map((one) => hexOf(padded(bytesOf(one, "a validator"), 20, "a validator"))) });
    }
  }
  return found;
}

/** Besu reads the keys of a genesis file, those of accounts excepted, whatever their case. */
const lowered = (words: Words): Words => Object.fromEntries(Object.entries(words).map(([name, value]) => [name.toLowerCase(), value]));

/** The genesis block and the voting rules of a Besu genesis file. Throws PROOF_MALFORMED. */
export function readGenesis(file: unknown): Genesis {
  const genesis = lowered(wordsOf(file));
  const config = lowered(wordsOf(genesis["config"]));
  const ibft = lowered(wordsOf(config["ibft2"]));
  const qbft = lowered(wordsOf(config["qbft"]));
  if (qbft["validatorcontractaddress"] !== undefined) throw fault("PROOF_MALFORMED", { what: "the genesis file takes validators from a contract, which no header shows" });
  const begins = numberOf(quantity(genesis["timestamp"] ?? 0, "timestamp"), "timestamp");
  /** Whether a fork is in force at block 0: by its own time when the file gives one, else with the next later fork (Besu's GenesisState). */
  const at = (...forks: readonly string[]): boolean => {
    const named = forks.find((fork) => config[fork] !== undefined);
    return named !== undefined && numberOf(quantity(config[named], named), named) <= begins;
  };
  if (at("amsterdamtime")) throw fault("PROOF_MALFORMED", { what: "the genesis file begins with a fork that this version does not know" });
  const prague = at("praguetime", "osakatime");
  const cancun = at("cancuntime", "praguetime", "osakatime");
  const shanghai = at("shanghaitime", "cancuntime", "praguetime", "osakatime");
  const header = encodeRpcHeader({
    parentHash: hex(genesis["parenthash"], 32, "parentHash"),
    sha3Uncles: noUncles,
    miner: hex(genesis["coinbase"], 20, "coinbase"),
    stateRoot: hexOf(stateRoot(wordsOf(genesis["alloc"]))),
    transactionsRoot: hexOf(emptyRoot),
    receiptsRoot: hexOf(emptyRoot),
    logsBloom: zero(256),
    difficulty: quantityText(genesis["difficulty"]),
    number: "0x0",
    gasLimit: quantityText(genesis["gaslimit"]),
    gasUsed: "0x0",
    timestamp: quantityText(genesis["timestamp"]),
    extraData: genesis["extradata"],
    mixHash: hex(genesis["mixhash"], 32, "mixHash"),
    nonce: hexOf(padded(scalarOf(genesis["nonce"] === undefined ? 0 : `0x${String(genesis["nonce"]).replace(/^0x/u, "")}`, "nonce"), 8, "nonce")),
    ...(baseFee(genesis, config) ?? {}),
    ...(shanghai ? { withdrawalsRoot: hexOf(emptyRoot) } : {}),
    ...(cancun ? { blobGasUsed: quantityText(genesis["blobgasused"]), excessBlobGas: quantityText(genesis["excessblobgas"]), parentBeaconBlockRoot: hex(genesis["parentbeaconblockroot"], 32, "parentBeaconBlockRoot") } : {}),
    ...(prague ? { requestsHash: noRequests } : {}),
  });
  const start = qbft["startblock"];
  const epoch = ibft["epochlength"] ?? qbft["epochlength"];
  return {
    chainId: numberOf(quantity(config["chainid"], "chainId"), "chainId"),
    header,
    rules: {
      epochLength: epoch === undefined ? defaultEpochLength : numberOf(quantity(epoch, "epochlength"), "epochlength"),
      qbftFrom: start === undefined ? null : numberOf(quantity(start, "startblock"), "startblock"),
      overrides: overridesIn(config["transitions"]),
    },
  };
}

const quantityText = (value: unknown): string => {
  const bytes = quantity(value ?? 0, "a number");
  return bytes.length === 0 ? "0x0" : hexOf(bytes);
};

/** The base fee of block 0: as written, else EIP-1559's first when London is in force; a free-gas network has it too, its zero begins with block 1. */
function baseFee(genesis: Words, config: Words): Words | null {
  const london = config["londonblock"];
  if (genesis["basefeepergas"] !== undefined) return { baseFeePerGas: quantityText(genesis["basefeepergas"]) };
  if (london === undefined || quantity(london, "londonBlock").length > 0) return null;
  return { baseFeePerGas: quantityText(1_000_000_000) };
}

/** Hash of block 0: BFT networks hash it as it is, like any other chain. */
export const genesisHashOf = ({ header }: Pick<Genesis, "header">): `0x${string}` => hexOf(keccak(header));
