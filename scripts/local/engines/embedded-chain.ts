import { startChild } from "../child.ts";
import type { ChainEngine } from "./chain-engine.ts";

type Ready = { readonly url: string; readonly chainId: number; readonly genesisHash: string; readonly blocks: number; readonly transactions: number };

/** One process for everybody: Hardhat's EDR with a journal. */
export const embeddedChain: ChainEngine = {
  name: "embedded",
  description: "embedded (EDR with a journal)",
  pollMilliseconds: 100,
  ports: (plan) => [{ port: plan.chainPort, who: "chain" }],
  async start({ plan, note, signal }) {
    const { child, ready } = await startChild<Ready>({
      name: "chain",
      script: "network/embedded/main.ts",
      args: ["--dir", plan.chainDir, "--port", String(plan.chainPort), "--watch-stdin"],
      logFile: plan.chainLog,
      signal,
    });
    note(`embedded chain ${ready.chainId}: ${ready.blocks} blocks and ${ready.transactions} transactions from before`);
    return { ...ready, endpointOf: () => ready.url, adminOf: () => null, nodesOf: () => [], children: [child], release: () => {} };
  },
};
