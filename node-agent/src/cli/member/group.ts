import type { Command } from "commander";
import type { Io } from "../io.ts";
import type { MemberRow } from "../api.ts";
import { contextOf } from "../context.ts";
import { fields, table } from "../text.ts";
import { memberOption } from "../values.ts";

/** `fiducial member ...` */
export function registerMember(program: Command, io: Io): void {
  const member = program.command("member").description("institutions of the consortium");
  member
    .command("list")
    .description("all members")
    .action(async (_options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const { members } = await (await context.client()).get<{ readonly members: readonly MemberRow[] }>("/api/members");
      context.result({ members }, () =>
        table(
          ["MEMBER", "NAME", "KIND", "STATUS", "ENDPOINT"],
          members.map((row) => [`${row.id}${row.self ? " (here)" : ""}`, row.profile.displayName, row.kind, row.status, row.profile.endpoint]),
          "No members.",
        ),
      );
    });
  member
    .command("show")
    .description("one member with its registered keys")
    .argument("<member>", "member number", memberOption)
    .action(async (id: number, _options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const row = await (await context.client()).get<MemberRow>(`/api/members/${id}`);
      context.result(row, () =>
        fields({
          member: row.id,
          name: row.profile.displayName,
          kind: row.kind,
          status: row.status,
          endpoint: row.profile.endpoint || null,
          "openpgp certificate": row.profile.openpgpSha256,
          "tls key": row.profile.spkiSha256,
          governor: row.governor,
          operators: row.operators.join(", ") || null,
        }),
      );
    });
}
