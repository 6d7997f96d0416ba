import { chainErrors } from "./chain.ts";
import { entry } from "./entry.ts";

export const ledgerErrors = {
  ...chainErrors,
  LEDGER_WRONG_CHAIN: entry<{ expected: string; actual: string }>({
    status: 503,
    title: "Another chain",
    message: (d) => `the node answers for chain ${d.actual}, this agent belongs to chain ${d.expected}`,
    hint: "Point chain.endpoint at a node of your consortium, or correct chain.chainId.",
  }),
  LEDGER_NO_CONTRACT: entry<{ contract: string; address: string }>({
    status: 503,
    title: "Contract missing",
    message: (d) => `there is no code at ${d.address}, where ${d.contract} should be`,
    hint: "Correct chain.contracts, or wait until the node has caught up with the chain.",
  }),
  LEDGER_UNREACHABLE: entry<{ method: string; reason: string }>({
    status: 503,
    title: "Chain node does not answer",
    message: (d) => `${d.method}: the chain node did not answer (${d.reason})`,
    hint: "Check that the node runs and that chain.endpoint names it. Nothing was lost: recorded writes are sent when it answers again.",
  }),
  LEDGER_WRITE_KEPT: entry<{ write: string; reason: string }>({
    status: 503,
    title: "Kept until the chain node answers",
    message: (d) => `the chain node does not answer (${d.reason}); the write ${d.write} is kept and goes out by itself when it does`,
    hint: "Do not ask for it a second time: it is on disk and survives a restart of the agent. Check that the node runs and that chain.endpoint names it; `outboxPending` of GET /api/status counts what waits.",
  }),
  LEDGER_RPC_ERROR: entry<{ method: string; rpcCode: number; reason: string }>({
    status: 502,
    title: "Chain node refused",
    message: (d) => `${d.method}: the chain node answered error ${d.rpcCode}: ${d.reason}`,
    hint: "Read the node's log at this time; if it refuses a method, enable the ETH and NET APIs for this agent.",
  }),
  LEDGER_SENDER_REFUSED: entry<{ account: string }>({
    status: 503,
    title: "The node takes nothing from this account",
    message: (d) => `the chain node takes no transaction from ${d.account}`,
    hint: "The node has a list of accounts that may send, as an observer's has. Point chain.endpoint at the hospital's own node, or put the operator's address on the node's accounts-allowlist. What the agent itself wrote is kept and sent when the node takes it; what a governor sends by command goes over another node with --rpc.",
  }),
  LEDGER_GAS_NOT_FREE: entry<{ reason: string }>({
    status: 503,
    title: "The node wants a gas price",
    message: (d) => `the chain node refuses transactions of gas price 0 (${d.reason})`,
    hint: "Start the node with --min-gas-price=0 (every node of the consortium) and a genesis with zeroBaseFee. The write is kept and sent when the node takes it.",
  }),
  LEDGER_BAD_ANSWER: entry<{ method: string; reason: string }>({
    status: 502,
    title: "Answer is not the chain's",
    message: (d) => `${d.method}: the chain node's answer can not be used: ${d.reason}`,
    hint: "Check that chain.endpoint names an Ethereum JSON-RPC node and that nothing in between alters answers.",
  }),
  LEDGER_STALE: entry<{ head: number; ageSeconds: number; limitSeconds: number }>({
    status: 503,
    title: "Chain stands still",
    message: (d) => `the newest block ${d.head} is ${d.ageSeconds} s old, the limit is ${d.limitSeconds} s`,
    hint: "Check the validators and the node's peers, and this machine's clock. No key is released until blocks arrive again.",
  }),
  LEDGER_REORG: entry<{ block: number; expected: string; actual: string }>({
    status: 503,
    title: "A final block changed",
    message: (d) => `block ${d.block} was ${d.expected} and is now ${d.actual}`,
    hint: "Stop. Either the node was restored to another state or the chain was rewritten. Compare the block with other members before going on; local data is untouched.",
  }),
  LEDGER_REVERTED: entry<{ error: string; intent: string }>({
    status: 409,
    title: "The contract refused",
    message: (d) => `${d.intent} was refused by the contract: ${d.error}`,
    hint: "The name is the contract's own error; contracts/interfaces says what each means. Repeating the same call will be refused again.",
  }),
  LEDGER_KEY_REUSED: entry<{ key: string }>({
    status: 409,
    title: "Same key, other content",
    message: (d) => `a different write is already recorded under ${d.key}`,
    hint: "Use a new key for a new write; a key names one write for good.",
  }),
  LEDGER_OUTBOX_FULL: entry<{ limit: number }>({
    status: 503,
    title: "Too many writes waiting",
    message: (d) => `${d.limit} writes wait for the chain already`,
    hint: "Wait until the chain takes them; if it does not, look at the node.",
  }),
  LEDGER_OUTBOX_FOREIGN: entry<{ field: string; kept: string; actual: string }>({
    status: 503,
    title: "Outbox of another chain or key",
    message: (d) => `the outbox was kept for ${d.field} ${d.kept}, this agent has ${d.actual}`,
    hint: "Give the agent the key and chain it had, or move the outbox file away once nothing in it is needed.",
  }),
  LEDGER_OUTBOX_LOCKED: entry<{ file: string }>({
    status: 503,
    title: "Outbox in use",
    message: (d) => `another process uses the outbox ${d.file}`,
    hint: "Stop the other agent: two agents must not share a data folder.",
  }),
  LEDGER_CLOSED: entry({
    status: 503,
    title: "Shutting down",
    message: () => "the agent is stopping; the write is recorded and will be sent after the next start",
    hint: "Start the agent again.",
  }),
} as const;
