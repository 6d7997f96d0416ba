import { type Command, Option } from "commander";
import { z } from "zod";
import { fault } from "../../../model/fault.ts";
import { layoutFrom, withLayout } from "../../../model/upgrade-claim.ts";
import { readJson } from "../../files.ts";
import type { Io } from "../../io.ts";
import { addressOption, countOption } from "../../values.ts";
import type { Client } from "../../client.ts";
import type { Call, CouncilInfo } from "../council-api.ts";
import { getGuardians } from "../stopping.ts";
import { asProposal, callTo } from "./options.ts";

const pausable = ["memberRegistry", "studyRegistry", "consentRegistry", "accessLedger", "creditLedger"] as const;
const upgradeable = [...pausable, "council"] as const;

function named<Name extends string>(names: readonly Name[], given: string | undefined): Name {
  const found = names.find((name) => name === given);
  if (found === undefined) throw fault("CLI_USAGE", { why: `name one of ${names.join(", ")}` });
  return found;
}

const roles = { reviewer: 3 } as const;
type SeatOptions = { readonly add?: readonly string[]; readonly remove?: readonly string[]; readonly threshold?: number };

async function roleCalls(council: CouncilInfo, role: number, { add, remove }: { readonly add?: string; readonly remove?: string }): Promise<Call[]> {
  const calls = [
    ...(add === undefined ? [] : [await callTo(council, "consortiumAuthority", "grantRole", [role, add, 0])]),
    ...(remove === undefined ? [] : [await callTo(council, "consortiumAuthority", "revokeRole", [role, remove])]),
  ];
  if (calls.length === 0) throw fault("CLI_USAGE", { why: "give --add or --remove" });
  return calls;
}

/** The whole panel as it would sit: what is not changed stays as it is now. */
async function seatCalls(council: CouncilInfo, client: Client, { add = [], remove = [], threshold }: SeatOptions): Promise<Call[]> {
  if (add.length === 0 && remove.length === 0 && threshold === undefined) throw fault("CLI_USAGE", { why: "give --add, --remove or --threshold" });
  const now = await getGuardians(client);
  const sitting = now.guardians.map(({ guardian }) => guardian.toLowerCase());
  const stranger = remove.find((one) => !sitting.includes(one));
  if (stranger !== undefined) throw fault("CLI_USAGE", { why: `${stranger} is no guardian` });
  const twice = add.find((one, at) => sitting.includes(one) || add.indexOf(one) !== at);
  if (twice !== undefined) throw fault("CLI_USAGE", { why: `${twice} would sit twice` });
  const next = [...sitting.filter((one) => !remove.includes(one)), ...add];
  const needed = threshold ?? now.threshold;
  if (next.length === 0 || next.length > 16 || needed > next.length) throw fault("CLI_USAGE", { why: `${needed} of ${next.length} guardians can never agree; a panel has 1 to 16, give --threshold` });
  return [await callTo(council, "guardianPanel", "setGuardians", [next, needed])];
}

const callFile = z.array(z.strictObject({ target: z.string().regex(/^0x[0-9a-fA-F]{40}$/u), data: z.string().regex(/^0x(?:[0-9a-fA-F]{2})*$/u) })).min(1);

/** `fiducial member propose resume|upgrade|guardian|reviewer|calls` */
export function registerContractProposals(propose: Command, io: Io): void {
  asProposal(propose.command("resume").description("release the brake that the guardians pulled (more than half)").argument("<contract>", pausable.join(", ")), io, async (council, _options, [contract]) => [
    await callTo(council, named(pausable, contract), "resume", []),
  ]);
  asProposal<{ readonly init?: string; readonly layout?: string }>(
    propose
      .command("upgrade")
      .description("put new code behind a contract (two thirds); scripts/upgrade.ts checks it first and says more")
      .argument("<contract>", upgradeable.join(", "))
      .argument("<implementation>", "address of the new code, already on the chain", addressOption)
      .addOption(new Option("--init <data>", "the call that goes with the upgrade, 0x and hex digits").default("0x"))
      .option("--layout <file>", "storage layout of the new code (contracts/layouts/*.json), shown to whoever votes"),
    io,
    async (council, { init = "0x" }, [contract, implementation]) => {
      if (!/^0x(?:[0-9a-fA-F]{2})*$/u.test(init)) throw fault("CLI_USAGE", { why: "--init takes 0x and hex digits" });
      return [await callTo(council, named(upgradeable, contract), "upgradeToAndCall", [implementation, init])];
    },
    async (why, { layout: file }, [contract = ""]) => {
      if (file === undefined) return why;
      const layout = layoutFrom(await readJson(file));
      if (layout === null) throw fault("CLI_FILE", { file, why: "it is no storage layout in the form of contracts/layouts/*.json" });
      return withLayout(why, `${contract.slice(0, 1).toUpperCase()}${contract.slice(1)}`, layout);
    },
  );
  const several = (text: string, before: readonly string[] = []): readonly string[] => [...before, addressOption(text)];
  asProposal<SeatOptions>(
    propose
      .command("guardian")
      .description("seat guardians, unseat them, or change how many must agree (two thirds; guardians cannot cancel it)")
      .option("--add <address>", "who joins the panel; may be given again", several)
      .option("--remove <address>", "who leaves it; may be given again", several)
      .option("--threshold <count>", "how many guardians must agree", countOption(1, 16)),
    io,
    (council, options, _args, client) => seatCalls(council, client, options),
  );
  for (const [name, role] of Object.entries(roles))
    asProposal<{ readonly add?: string; readonly remove?: string }>(
      propose.command(name).description(`give or take the role ${name.toUpperCase()} (two thirds)`).option("--add <address>", "who gets it", addressOption).option("--remove <address>", "who loses it", addressOption),
      io,
      (council, options) => roleCalls(council, role, options),
    );
  asProposal(propose.command("calls").description("propose calls from a file: [{target, data}], any contract (two thirds unless all are ordinary)").argument("<file>", "JSON file"), io, async (_council, _options, [file = ""]) => {
    const parsed = callFile.safeParse(await readJson(file));
    if (!parsed.success) throw fault("CLI_FILE", { file, why: "it is not a list of {target, data}" });
    return parsed.data.map(({ target, data }) => ({ target: target.toLowerCase() as `0x${string}`, value: "0", data: data.toLowerCase() as `0x${string}` }));
  });
}
