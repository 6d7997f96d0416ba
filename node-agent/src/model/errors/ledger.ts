import { entry } from "./entry.ts";

export const ledgerErrors = {
  LEDGER_WRONG_CHAIN: entry<{ expected: string; actual: string }>({
    status: 503,
    title: "Another chain",
    message: (d) => `the node answers for chain ${d.actual}, this agent belongs to chain ${d.expected}`,
    hint: "Point chain.endpoint at a node of your consortium, or correct chain.chainId.",
  }),
} as const;
