import type { Command } from "commander";
import type { ConsentView } from "../../model/ledger-views.ts";
import { studyIdOf } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { moment, table } from "../text.ts";
import { studyOption } from "../values.ts";

/** `fiducial consent list` */
export function registerConsentList(consent: Command, io: Io): void {
  consent
    .command("list")
    .description("consents of a study")
    .argument("<study>", "study id or Study Instance UID", studyOption)
    .action(async (reference: string, _options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const { consents } = await client.get<{ readonly consents: readonly ConsentView[] }>("/api/consents", { study: await studyIdOf(client, reference) });
      context.result({ consents }, () =>
        table(
          ["GRANTEE", "PURPOSES", "FROM", "UNTIL", "CLASS"],
          consents.map((one) => [one.grantee === 0 ? "any" : String(one.grantee), one.purposes.join(","), moment(one.notBefore), moment(one.expiry), one.class]),
          "No consents.",
        ),
      );
    });
}
