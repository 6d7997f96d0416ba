import type { ReadinessCheck } from "../ports/readiness.ts";
import type { FlowContext } from "./context.ts";

/** Whether the registry knows this agent by the keys it holds: with others no peer would talk to it and no transaction would be taken. */
function registration(context: FlowContext): string | null {
  if (context.role === "observer") return null;
  if (context.watch.view().phase !== "following") return "the chain is not read yet";
  const member = context.ledgerIndex.member(context.self.member);
  if (member === null) return `member ${context.self.member} is not in MemberRegistry`;
  if (member.status !== "active") return `member ${context.self.member} is ${member.status}`;
  const { keyring, writer } = context;
  if (!member.operators.includes(writer.operator)) return "the keyring's operator key is not among the member's operators";
  if (member.profile.spkiSha256 !== keyring.tls.spkiSha256) return "the registered TLS key is not the keyring's";
  if (member.profile.openpgpSha256 !== keyring.identity.certificate.digest) return "the registered OpenPGP certificate is not the keyring's";
  return null;
}

/** What the operator should see to although the agent works on. */
export function unknownEventsNote(context: FlowContext): string | null {
  const { unknown } = context.ledgerIndex.counts();
  if (unknown === 0) return null;
  return `${unknown} ${unknown === 1 ? "event" : "events"} of a newer contract version cannot be read by this version of the agent and ${unknown === 1 ? "is" : "are"} kept as they are: upgrade the agent, it reads them then`;
}

/** The conditions of being able to serve, by name, for `/readyz`. A reason is one sentence and names no patient. */
export function readinessOf(context: FlowContext): [string, ReadinessCheck][] {
  const checks: [string, ReadinessCheck][] = [
    ["ledger", () => context.watch.unfit()?.message ?? null],
    ["registration", () => registration(context)],
  ];
  if (context.role === "observer") return checks;
  const { blocks, settings, metrics } = context;
  const storage: ReadinessCheck = async () => {
    const free = await blocks.freeBytes();
    metrics.set("fiducial_blocks_free_bytes", {}, free);
    return free < settings.minFreeBytes ? `${free} bytes are free, ${settings.minFreeBytes} must stay free` : null;
  };
  const { cluster } = context;
  if (cluster === null) return [...checks, ["storage", storage]];
  return [...checks, ["storage", storage], ["ipfs", () => cluster.watch.view().error?.message ?? null]];
}
