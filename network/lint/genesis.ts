import { decodeRlp, type RlpItem } from "../../node-agent/src/encoding/rlp.ts";
import { fromHex, toHex } from "../hex.ts";
import { type Finding, finding } from "./finding.ts";

type Keys = Readonly<Record<string, unknown>>;
const isKeys = (value: unknown): value is Keys => typeof value === "object" && value !== null && !Array.isArray(value);
const number = (value: unknown): number | null => {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^(?:0x[0-9a-fA-F]+|\d+)$/u.test(value) ? Number(value) : null;
};
/** Besu reads every key outside `alloc` without regard to letter case. */
const lowered = (keys: Keys): Keys => Object.fromEntries(Object.entries(keys).map(([name, value]) => [name.toLowerCase(), value]));

const bftKeys = new Set(
  "blockperiodseconds emptyblockperiodseconds xblockperiodmilliseconds epochlength requesttimeoutseconds blockreward miningbeneficiary messagequeuelimit duplicatemessagelimit futuremessageslimit futuremessagesmaxdistance gossipedhistorylimit pertxgaslimit validatorcontractaddress startblock xemptyblockperiodseconds".split(" "),
);
const bftMixHash = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365";
/** Largest code of a contract (EIP-170); ours come close to it. */
const codeLimit = 24_576;
const least = 20_000_000;

function* bftFindings(protocol: "ibft2" | "qbft", keys: Keys, gasLimit: number | null): Generator<Finding> {
  for (const name of Object.keys(keys)) if (!bftKeys.has(name)) yield finding("bft-key", "changed", `${protocol}.${name} is unknown and ignored without a word`);
  const period = number(keys["blockperiodseconds"] ?? 1);
  const timeout = number(keys["requesttimeoutseconds"] ?? 1);
  if (period === null || period < 1) yield finding("block-period", "refused", `${protocol}.blockperiodseconds must be a positive number`);
  else if (timeout === null || timeout <= period) yield finding("request-timeout", "risky", `${protocol}.requesttimeoutseconds (${timeout ?? "?"}) is not above the block period (${period}): proposers are passed over before they may propose; twice the period is usual`);
  if (protocol === "ibft2" && ("emptyblockperiodseconds" in keys || "xemptyblockperiodseconds" in keys)) yield finding("empty-period", "changed", "IBFT 2.0 ignores emptyblockperiodseconds; it seals empty blocks at the block period");
  if ("xblockperiodmilliseconds" in keys) yield finding("period-milliseconds", "risky", `${protocol}.xblockperiodmilliseconds is for trials: blocks then may have the time of the one before, and the option may go with any version`);
  const cap = number(keys["pertxgaslimit"]);
  if (cap !== null && (cap < 0 || (gasLimit !== null && cap > gasLimit))) yield finding("tx-gas-limit", "refused", `${protocol}.pertxgaslimit ${cap} must be from 0 to the gas limit of block 0 (${gasLimit ?? "?"})`);
}

function* extraFindings(text: unknown, protocol: "ibft2" | "qbft"): Generator<Finding> {
  let fields: RlpItem = new Uint8Array();
  try {
    fields = decodeRlp(fromHex(String(text)));
  } catch {
    fields = new Uint8Array();
  }
  const [vanity, validators, vote, round] = fields instanceof Uint8Array ? [] : fields;
  if (!(vanity instanceof Uint8Array) || vanity.length !== 32 || validators === undefined || validators instanceof Uint8Array) {
    yield finding("extra-data", "refused", "extraData is not the RLP that a BFT chain begins with");
    return;
  }
  const written = vote instanceof Uint8Array && round instanceof Uint8Array && round.length === 4 ? "ibft2" : "qbft";
  if (written !== protocol) yield finding("extra-data-protocol", "refused", `extraData has the form of ${written}, and the chain begins with ${protocol}`);
  const addresses = validators.map((one) => (one instanceof Uint8Array ? toHex(one) : ""));
  if (addresses.some((one, at) => at > 0 && one <= (addresses[at - 1] ?? ""))) yield finding("validators-order", "risky", "the validators in extraData are not ascending, or one is there twice");
  if (addresses.length < 4) yield finding("validators-few", "risky", `${addresses.length} validators: a chain of fewer than four stops whenever one of them does`);
}

/** What is wrong with a genesis file; `before` is the one the node has been running with. */
export function* genesisFindings(genesis: unknown, before?: unknown): Generator<Finding> {
  const top = isKeys(genesis) ? lowered(genesis) : {};
  const config = isKeys(top["config"]) ? lowered(top["config"]) : null;
  if (config === null) {
    yield finding("genesis-form", "refused", "the genesis file is missing, no JSON, or has no config");
    return;
  }
  const { ibft2, qbft } = config;
  const gasLimit = number(top["gaslimit"]);
  if (!isKeys(ibft2) && !isKeys(qbft)) yield finding("no-bft", "refused", "config names neither ibft2 nor qbft");
  if (isKeys(ibft2)) yield* bftFindings("ibft2", lowered(ibft2), gasLimit);
  if (isKeys(qbft)) {
    const keys = lowered(qbft);
    yield* bftFindings("qbft", keys, gasLimit);
    if (isKeys(ibft2) && number(keys["startblock"]) === null) yield finding("start-block", "risky", "ibft2 and qbft together need qbft.startblock, the block from which QBFT seals");
  }
  if (isKeys(ibft2) || isKeys(qbft)) yield* extraFindings(top["extradata"], isKeys(ibft2) ? "ibft2" : "qbft");
  if (config["zerobasefee"] !== true) yield finding("base-fee", "risky", "without zeroBaseFee the base fee rises and strands every account that owns nothing");
  else if (number(top["basefeepergas"]) !== 0) yield finding("base-fee-zero", "changed", "without baseFeePerGas 0x0 block 0 gets a base fee of one gwei, zeroBaseFee or not");
  if (config["londonblock"] !== 0) yield finding("london", "risky", "londonBlock must be 0 for a base fee of zero from the start");
  if (config["cancuntime"] === undefined || number(config["cancuntime"]) !== 0) yield finding("cancun", "risky", "cancunTime must be 0: the contracts are compiled for Cancun, and fail on an older machine");
  if (String(top["mixhash"]).toLowerCase() !== bftMixHash) yield finding("mix-hash", "risky", "mixHash is not the one by which Besu knows a BFT block");
  if (number(top["difficulty"]) !== 1) yield finding("difficulty", "risky", "difficulty must be 0x1");
  if (gasLimit === null || gasLimit < least) yield finding("gas-limit", "risky", `gasLimit ${gasLimit ?? "?"} does not hold a batch of 200 studies; give at least ${least}`);
  const size = number(config["contractsizelimit"]);
  if (size !== null && size < codeLimit) yield finding("contract-size", "risky", `contractSizeLimit ${size} is below the ${codeLimit} bytes that the contracts may take: their deployment fails`);
  if (number(config["osakatime"]) !== null) yield finding("osaka", "risky", "Osaka caps a transaction at 16,777,216 gas unless pertxgaslimit says otherwise: batches of 200 studies come close to it");
  if (before !== undefined) yield* changeFindings(top, config, before);
}

/** What may not differ between the genesis of a living chain and the next one. */
function* changeFindings(top: Keys, config: Keys, before: unknown): Generator<Finding> {
  const was = isKeys(before) ? lowered(before) : {};
  const old = isKeys(was["config"]) ? lowered(was["config"]) : {};
  for (const name of ["extradata", "gaslimit", "timestamp", "difficulty", "mixhash", "basefeepergas"])
    if (String(top[name] ?? "").toLowerCase() !== String(was[name] ?? "").toLowerCase()) yield finding("block-zero-changed", "refused", `${name} differs from the genesis of the data folder: another block 0 is another chain`);
  if (config["chainid"] !== old["chainid"]) yield finding("chain-id-changed", "refused", "chainId differs: every signature made so far is for the other");
  for (const protocol of ["ibft2", "qbft"] as const) {
    const [now, then] = [config[protocol], old[protocol]];
    if (isKeys(now) && isKeys(then) && (lowered(now)["epochlength"] ?? 30_000) !== (lowered(then)["epochlength"] ?? 30_000))
      yield finding("epoch-changed", "risky", `${protocol}.epochlength must never change on a living chain: nodes would count votes differently and part`);
  }
}
