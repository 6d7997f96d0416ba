import type { Command } from "commander";
import { loadConfig } from "../../config/load.ts";
import { readSecret } from "../../config/secret.ts";
import { fault } from "../../model/fault.ts";
import { type Role, roles as allRoles } from "../../ports/accounts.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { table } from "../text.ts";
import { rolesOption } from "../values.ts";
import { openAccountsOf } from "./open-accounts-of.ts";

const examples = `
Examples:
  fiducial agent account add admin --roles admin --password-file admin.password --config agent.yaml
  fiducial agent account add jane --roles clinician,auditor --password-file jane.password --config agent.yaml
  fiducial agent account add p4711 --roles patient --patient-id 4711 --password-file p.password --config agent.yaml

Roles: clinician (images and requests), patient (own studies and consents), auditor (histories and reviews, no names), admin (accounts).
A running agent sees the change at once: whoever is signed in under the name is signed out.
`;

type ConfigOption = { readonly config: string };
// The program's own --password-file means the same: the password of the account named here.
type AddOptions = ConfigOption & { readonly roles: Role[]; readonly patientId?: string; readonly issuer: string };

/** `fiducial agent account ...`: works on the accounts file, so that the first account can be made before anybody can sign in. */
export function registerAgentAccount(agent: Command, io: Io): void {
  const account = agent.command("account").description("local accounts of an agent on this machine");
  account
    .command("add")
    .description("add an account, or replace the one of that name")
    .argument("<name>", "lower-case name")
    .requiredOption("--roles <names>", `roles, separated by commas: ${allRoles.join(", ")}`, rolesOption)
    .option("--patient-id <id>", "for the role patient: the Patient ID here")
    .option("--issuer <name>", "Issuer of Patient ID, where the files name one", "")
    .requiredOption("--config <file>", "the agent's configuration file")
    .addHelpText("after", examples)
    .action(async (name: string, options: AddOptions, command: Command) => {
      const context = contextOf(command, io);
      const { passwordFile } = command.optsWithGlobals<{ readonly passwordFile?: string }>();
      if (passwordFile === undefined) throw fault("CLI_USAGE", { why: "give the new account's password with --password-file" });
      const password = (await readSecret("--password-file", passwordFile)).toString("utf8");
      const accounts = await openAccountsOf(await loadConfig(options.config));
      const patient = options.patientId === undefined ? null : { patientId: options.patientId, issuer: options.issuer };
      await accounts.put({ name, roles: options.roles, patient, password });
      context.result({ name, roles: options.roles }, () => `${name} may sign in as ${options.roles.join(", ")}.`);
    });
  account
    .command("list")
    .description("all local accounts")
    .requiredOption("--config <file>", "the agent's configuration file")
    .action(async (options: ConfigOption, command: Command) => {
      const context = contextOf(command, io);
      const accounts = (await openAccountsOf(await loadConfig(options.config))).list().map(({ name, roles, patient }) => ({ name, roles, linkedToPatient: patient !== null }));
      context.result({ accounts }, () => table(["NAME", "ROLES"], accounts.map(({ name, roles }) => [name, roles.join(", ")]), "No accounts."));
    });
  account
    .command("remove")
    .description("remove an account; it cannot sign in any more")
    .argument("<name>", "name of the account")
    .requiredOption("--config <file>", "the agent's configuration file")
    .action(async (name: string, options: ConfigOption, command: Command) => {
      const context = contextOf(command, io);
      const accounts = await openAccountsOf(await loadConfig(options.config));
      if (!accounts.list().some((one) => one.name === name)) throw fault("CLI_NO_ACCOUNT", {});
      await accounts.remove(name);
      context.result({ removed: name }, () => `${name} is removed.`);
    });
}
