import type { Command } from "commander";
import { z } from "zod";
import { fault } from "../../../model/fault.ts";
import { readJson } from "../../files.ts";
import type { Io } from "../../io.ts";
import { addressOption, memberOption } from "../../values.ts";
import { asProposal, callTo } from "./options.ts";

const hex = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`, "u"));
/** What `fiducial --json agent init` prints, or its `admission` part alone. */
const admission = z.looseObject({
  kind: z.enum(["hospital", "observer"]),
  displayName: z.string().min(1),
  endpoint: z.string().default(""),
  operator: hex(20).optional(),
  openpgpSha256: hex(32).default(`0x${"0".repeat(64)}`),
  spkiSha256: hex(32).default(`0x${"0".repeat(64)}`),
});

async function readAdmission(file: string): Promise<z.output<typeof admission>> {
  const value = await readJson(file);
  const inner = typeof value === "object" && value !== null && "admission" in value ? value.admission : value;
  const parsed = admission.safeParse(inner);
  if (!parsed.success) throw fault("CLI_FILE", { file, why: "it is not an admission as `fiducial --json agent init` prints it" });
  return parsed.data;
}

/** `fiducial member propose admit|suspend|reinstate|expel|replace-governor` */
export function registerMembershipProposals(propose: Command, io: Io): void {
  asProposal<{ readonly admission: string; readonly governor: string }>(
    propose
      .command("admit")
      .description("admit an institution (more than half)")
      .requiredOption("--admission <file>", "what the institution's `fiducial --json agent init` printed")
      .requiredOption("--governor <address>", "its governor's address, from `fiducial member key`", addressOption),
    io,
    async (council, options) => {
      const { kind, displayName, endpoint, operator, openpgpSha256, spkiSha256 } = await readAdmission(options.admission);
      const operators = operator === undefined ? [] : [operator];
      return [await callTo(council, "memberRegistry", "admit", [kind === "hospital" ? 1 : 2, options.governor, operators, [displayName, endpoint, openpgpSha256, spkiSha256]])];
    },
  );
  const simple = [
    ["suspend", "suspend a member: it may write nothing and its vote rests (more than half)"],
    ["reinstate", "reinstate a suspended member (more than half)"],
    ["expel", "expel a member, for ever (two thirds)"],
  ] as const;
  for (const [name, description] of simple)
    asProposal(propose.command(name).description(description).argument("<member>", "member number", memberOption), io, async (council, _options, [member]) => [await callTo(council, "memberRegistry", name, [Number(member)])]);
  asProposal(
    propose.command("replace-governor").description("give a member another governor key, after loss or theft (two thirds)").argument("<member>", "member number", memberOption).argument("<address>", "the new governor's address", addressOption),
    io,
    async (council, _options, [member, governor]) => [await callTo(council, "memberRegistry", "replaceGovernor", [Number(member), governor])],
  );
}
