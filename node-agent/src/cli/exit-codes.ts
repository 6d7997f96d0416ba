import { Fault } from "../model/fault.ts";

/** What the exit status of every command means. Scripts may rely on these numbers. */
export const exitCodes = {
  ok: { code: 0, meaning: "done" },
  failed: { code: 1, meaning: "failed; the message says why" },
  usage: { code: 2, meaning: "command, option, configuration or file not usable" },
  unreachable: { code: 3, meaning: "agent, chain or peer not reachable" },
  refused: { code: 4, meaning: "refused: sign-in, role, consent or contract" },
  notFound: { code: 5, meaning: "no such study, request, member or account" },
  notYet: { code: 6, meaning: "not there yet; try again later" },
  refuted: { code: 7, meaning: "verify: the export is not what it claims" },
  unproven: { code: 8, meaning: "verify: consistent, but nothing that you trust proves it" },
  interrupted: { code: 130, meaning: "stopped by Ctrl-C" },
} as const;

const unreachable = new Set(["CLI_AGENT_UNREACHABLE", "LEDGER_UNREACHABLE", "PEER_UNREACHABLE"]);
const usage = new Set(["CLI_USAGE", "CLI_FILE", "CLI_NO_DICOM", "KEYRING_EXISTS", "KEYRING_WEAK_PASSPHRASE", "WALLET_BAD_PHRASE", "WALLET_BAD_ACCOUNT", "ACCOUNT_INVALID"]);

/** The exit status for a thrown value. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Fault)) return exitCodes.failed.code;
  if (error.code === "PROOF_REFUTED") return exitCodes.refuted.code;
  if (error.code === "PROOF_UNPROVEN") return exitCodes.unproven.code;
  if (unreachable.has(error.code)) return exitCodes.unreachable.code;
  if (usage.has(error.code) || error.code.startsWith("CONFIG_")) return exitCodes.usage.code;
  const status = error.code === "CLI_ANSWER" ? (error as Fault<"CLI_ANSWER">).details.status : error.status;
  if (status === 401 || status === 403 || status === 410 || status === 429) return exitCodes.refused.code;
  if (status === 404) return exitCodes.notFound.code;
  if (error.code === "CLI_STILL_WAITING" || error.code === "CLI_NOT_RECOVERED" || error.code === "NETWORK_NOT_THERE_YET" || (error.code === "CLI_ANSWER" && status === 503)) return exitCodes.notYet.code;
  return exitCodes.failed.code;
}

/** For `--help`. */
export const exitCodesText = `Exit status:\n${Object.values(exitCodes)
  .map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`)
  .join("\n")}\n`;
