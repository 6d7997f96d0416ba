import { fault } from "../../model/fault.ts";
import type { StopAct } from "../../model/guardians.ts";
import { address, digest } from "../../model/ids.ts";
import type { TypedData } from "../../model/typed-data.ts";
import { signTypedData } from "../../wallet/sign.ts";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import { writeNew } from "../files.ts";
import { readKeyFile } from "../key-file.ts";
import { moment } from "../text.ts";
import type { CouncilInfo } from "./council-api.ts";
import { addressOf } from "./signing.ts";

/** Answers of /api/guardians as the commands read them. */
export type ActRow = {
  readonly target: string;
  readonly proposalId: string | null;
  readonly contract: string | null;
  readonly proposal: number | null;
  readonly stops: string;
  readonly stays: string;
  readonly state: "open" | "done" | "never";
  readonly approvals: readonly { readonly guardian: string; readonly until: number }[];
  readonly needed: number;
};
export type GuardianInfo = { readonly panel: string; readonly threshold: number; readonly guardians: readonly { readonly guardian: string; readonly governorOf: number | null }[]; readonly acts: readonly ActRow[]; readonly now: number };
type Done = { readonly receipt: { readonly block: number }; readonly approvals: ActRow["approvals"]; readonly needed: number; readonly done: { readonly block: number } | null };

/** What the options of a guardian's command ask for. */
export type StopOptions = { readonly keyFile: string; readonly hours: number; readonly withdraw?: boolean; readonly out?: string };
/** The act as the API takes it, and as it must stand in the approval. */
export type Wanted = { readonly stop: { readonly pause: string } | { readonly cancel: string }; readonly act: StopAct; readonly what: string };

export const getGuardians = (client: Client): Promise<GuardianInfo> => client.get("/api/guardians");

export const approvedText = ({ approvals, needed }: Pick<ActRow, "approvals" | "needed">): string =>
  `${approvals.length} of ${needed}${approvals.length === 0 ? "" : `: ${approvals.map(({ guardian, until }) => `${guardian} until ${moment(until)}`).join(", ")}`}`;

/** The approval is signed only for what was asked: an agent could else have any proposal canceled. */
function demandApproval(url: string, { primaryType, domain, message }: TypedData, wanted: { readonly panel: string; readonly chainId: number; readonly act: StopAct; readonly until: number }): void {
  const right =
    primaryType === "Approval" &&
    domain.name === "Fiducial Guardians" &&
    domain.chainId === wanted.chainId &&
    domain.verifyingContract.toLowerCase() === wanted.panel &&
    String(message["target"]).toLowerCase() === wanted.act.target &&
    message["proposal"] === (wanted.act.proposal === null ? "0" : BigInt(wanted.act.proposal).toString()) &&
    message["until"] === wanted.until;
  if (!right) throw fault("CLI_BAD_ANSWER", { url, what: "the approval is not the one that was asked for" });
}

/** Approves of a stop as the guardian whose key is in the file, or takes the approval back; says how many agree, and whether it is done. */
export async function approveStop(context: Context, client: Client, council: CouncilInfo, { stop, act, what }: Wanted, options: StopOptions): Promise<void> {
  const panel = council.contracts["guardianPanel"];
  if (panel === undefined) throw fault("CLI_USAGE", { why: "this consortium has no panel of guardians" });
  const guardian = await addressOf(options.keyFile, council.chainId);
  const until = options.withdraw === true ? 0 : (await getGuardians(client)).now + options.hours * 3600;
  const { act: view, typedData } = await client.post<{ readonly act: ActRow; readonly typedData: TypedData }>("/api/guardians/approvals/prepare", { ...stop, guardian, until });
  demandApproval(client.url, typedData, { panel: panel.toLowerCase(), chainId: council.chainId, act, until });
  context.note(`${options.withdraw === true ? "No longer approving" : "Approving"}:\n  - ${view.stops}\n  - Goes on meanwhile: ${view.stays}`);
  const key = await readKeyFile(options.keyFile);
  const signature = signTypedData(typedData, key);
  key.fill(0);
  const signed = { ...stop, guardian, until, signature };
  const { out } = options;
  if (out !== undefined) {
    await writeNew(out, `${JSON.stringify({ kind: "approval", ...signed }, null, 2)}\n`);
    return context.result({ file: out }, () => `Signed, not sent. Written to ${out}; any hospital's agent relays it: fiducial member submit ${out} --url URL`);
  }
  tell(context, await relaySigned(client, signed), what);
}

/** Has an agent relay a signed approval. */
export const relaySigned = (client: Client, signed: Readonly<Record<string, unknown>>): Promise<Done> => client.post<Done>("/api/guardians/approvals", signed);

/** Says what became of an approval. */
export function tell(context: Context, answer: Done, what: string): void {
  const { receipt, done } = answer;
  context.result(answer, () => (done === null ? `Recorded in block ${receipt.block}; approved by ${approvedText(answer)}. Nothing is stopped yet.` : `${what}, in block ${done.block}: ${answer.approvals.length} of ${answer.needed} guardians approved.`));
}

/** A proposal's cancelling as the panel names it. */
export const cancelAct = (council: CouncilInfo, id: string): StopAct => ({ target: address(council.council), proposal: digest(id) });
