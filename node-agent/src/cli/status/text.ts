import { fields, table } from "../text.ts";

type Ipfs = {
  readonly lookedSecondsAgo: number | null;
  readonly error: string | null;
  readonly peers: { readonly registered: number; readonly connected: number; readonly silent: readonly number[]; readonly strangers: number };
  readonly pins: { readonly kept: number | null; readonly underWay: number; readonly failed: number; readonly oldestSeconds: number };
  readonly underReplicated: { readonly count: number; readonly studies: readonly { readonly study: string; readonly have: number; readonly want: number }[] };
  readonly todo: readonly string[];
};

/** The part of `GET /api/status` that is shown. */
export type AgentStatusAnswer = {
  readonly role: string;
  readonly member: number;
  readonly name: string;
  readonly version: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
  readonly ledger: { readonly phase: string; readonly headBlock: number | null; readonly indexedBlock: number | null; readonly headAgeSeconds: number | null };
  readonly studies: Readonly<Record<string, number>>;
  readonly outboxPending: number;
  readonly failures: readonly { readonly flow: string; readonly key: string; readonly attempts: number; readonly code: string; readonly message: string }[];
  readonly fetches: readonly unknown[];
  readonly ipfs: Ipfs | null;
};

const mostRows = 20;
const rest = (count: number): string => (count > mostRows ? `\n  and ${count - mostRows} more` : "");

function ipfsText({ lookedSecondsAgo, error, peers, pins, underReplicated, todo }: Ipfs): string {
  const { count, studies } = underReplicated;
  const facts = fields({
    "looked at": lookedSecondsAgo === null ? "not yet" : `${lookedSecondsAgo} s ago`,
    usable: error === null ? "yes" : `NO: ${error}`,
    "cluster peers": `${peers.connected} of ${peers.registered} connected${peers.strangers === 0 ? "" : `, and ${peers.strangers} unregistered`}`,
    "without a sign": peers.silent.length === 0 ? null : peers.silent.map((member) => `member ${member}`).join(", "),
    "roots kept here": pins.kept,
    "copies under way": pins.underWay === 0 ? "none" : `${pins.underWay}, the oldest for ${pins.oldestSeconds} s`,
    "copies failed": pins.failed,
    "too few copies": count === 0 ? "no study" : `${count} ${count === 1 ? "study" : "studies"}`,
  });
  const named = studies.slice(0, mostRows).map(({ study, have, want }) => `  ${study}: ${have} of ${want}`);
  return [`IPFS\n${facts}`, ...(named.length === 0 ? [] : [`${named.join("\n")}${rest(count)}`]), ...(todo.length === 0 ? [] : [`To do:\n${todo.map((one) => `  - ${one}`).join("\n")}`])].join("\n");
}

/** A page for people: how the agent is, what it waits for, and its IPFS. */
export function agentStatusText(now: AgentStatusAnswer): string {
  const { ledger, failures, ipfs } = now;
  const parts = [
    fields({
      agent: `${now.name} (member ${now.member}, ${now.role}), version ${now.version}`,
      ready: now.ready ? "yes" : "NO",
      engines: Object.entries(now.engines).map(([port, engine]) => `${port}: ${engine}`).join("; "),
      chain: `${ledger.phase}, block ${ledger.indexedBlock ?? "-"} of ${ledger.headBlock ?? "-"}${ledger.headAgeSeconds === null ? "" : `, ${Math.round(ledger.headAgeSeconds)} s old`}`,
      studies: Object.entries(now.studies).map(([state, count]) => `${count} ${state}`).join(", ") || "none",
      "transactions waiting": now.outboxPending,
      "fetches under way": now.fetches.length,
    }),
    ...[...now.reasons, ...now.notes].map((reason) => `! ${reason}`),
  ];
  if (failures.length > 0)
    parts.push(`Tried again by itself:\n${table(["FLOW", "OF", "TRIES", "BECAUSE"], failures.slice(0, mostRows).map(({ flow, key, attempts, code, message }) => [flow, key, String(attempts), `${code}: ${message}`]), "")}${rest(failures.length)}`);
  if (ipfs !== null) parts.push(ipfsText(ipfs));
  return parts.join("\n\n");
}
