import { CANCUN, ContractDecoder, EdrContext, L1_CHAIN_TYPE, l1GenesisState, l1HardforkFromString, l1ProviderFactory, MineOrdering } from "@nomicfoundation/edr";
import { fault } from "../../node-agent/src/model/fault.ts";
import type { JournalHeader } from "./journal-format.ts";

export type EvmCall = { readonly id: string | number | null; readonly method: string; readonly params: readonly unknown[] };
type Outcome = { readonly result?: unknown; readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown } };

/** The execution engine as JSON-RPC. */
export type Evm = {
  /** Gives the whole JSON-RPC response as text, errors included. Large results are passed on without being parsed. */
  request(call: EvmCall): Promise<string>;
  /** As `request`, but gives the result itself. Throws CHAIN_EXECUTION with the engine's words. */
  call(method: string, params?: readonly unknown[]): Promise<unknown>;
};

export const hardfork: string = CANCUN;

// The library allows one context per process; it holds no chain, only the registered kinds of chain.
const context = new EdrContext();
await context.registerProviderFactory(L1_CHAIN_TYPE, l1ProviderFactory());

/** Starts EDR in this process on an empty chain. Nobody is funded: gas is free, as in the consortium's own genesis. */
export async function startEvm(header: JournalHeader): Promise<Evm> {
  const gasLimit = BigInt(header.gasLimit);
  const provider = await context.createProvider(
    L1_CHAIN_TYPE,
    {
      // Blocks come as fast as transactions do; with one-second timestamps a burst would otherwise run the chain's clock ahead of the wall's.
      allowBlocksWithSameTimestamp: true,
      allowUnlimitedContractSize: false,
      bailOnCallFailure: true,
      bailOnTransactionFailure: false,
      // Elasticity 1 puts the base fee's target at the gas limit, so that a full block never raises it from zero: a base fee of one wei
      // would strand every transaction of accounts that own nothing.
      baseFeeConfig: [{ activation: { blockNumber: 0n }, maxChangeDenominator: 8n, elasticityMultiplier: 1n }],
      chainId: BigInt(header.chainId),
      coinbase: new Uint8Array(20),
      defaultTransactionGasLimit: 16_000_000n,
      genesisState: l1GenesisState(l1HardforkFromString(header.hardfork)),
      hardfork: header.hardfork,
      initialBaseFeePerGas: 0n,
      // The proof programs found every hash reproducible; a fixed first root keeps it so whatever the engine's default becomes.
      initialParentBeaconBlockRoot: new Uint8Array(32),
      minGasPrice: 0n,
      mining: { autoMine: false, blockGasLimit: gasLimit, memPool: { order: MineOrdering.Fifo } },
      network: { genesisBlockGasLimit: gasLimit, genesisBlockTime: BigInt(header.genesisTime) },
      networkId: BigInt(header.chainId),
      observability: {},
      ownedAccounts: [],
      precompileOverrides: [],
    },
    { enable: false, decodeConsoleLogInputsCallback: () => [], printLineCallback: () => {} },
    { subscriptionCallback: () => {} },
    new ContractDecoder(),
  );
  // The engine answers with the outcome alone, as text or, past what a string can hold, as an object.
  const run = async (call: EvmCall): Promise<string | object> => (await provider.handleRequest(JSON.stringify({ jsonrpc: "2.0", ...call }))).data as string | object;
  return {
    async request(call) {
      const outcome = await run(call);
      const body = typeof outcome === "string" ? outcome : JSON.stringify(outcome);
      return `{"jsonrpc":"2.0","id":${JSON.stringify(call.id)},${body.slice(1)}`;
    },
    async call(method, params = []) {
      const outcome = await run({ id: 0, method, params });
      const { result, error } = (typeof outcome === "string" ? JSON.parse(outcome) : outcome) as Outcome;
      if (error !== undefined) throw fault("CHAIN_EXECUTION", { method, reason: error.message });
      return result;
    },
  };
}
