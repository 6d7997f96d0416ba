import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { fault } from "../../../model/fault.ts";
import type { Io } from "../../io.ts";
import { countOption } from "../../values.ts";
import type { Call } from "../council-api.ts";
import { asProposal, callTo } from "./options.ts";

const day = 86_400;
const seconds = countOption(0, 10 * 365 * day);
type Set = Readonly<Record<string, number>>;

function setting(text: string, before: Set = {}): Set {
  const [, name = "", value = ""] = /^([A-Za-z]+)=(\d+)$/u.exec(text) ?? [];
  if (name === "") throw new InvalidArgumentError("NAME=NUMBER, for instance epochCap=60.");
  return { ...before, [name]: Number(value) };
}

/** `fiducial member propose terms|deadlines|credit|rules`: what is not given stays as it is. */
export function registerParameterProposals(propose: Command, io: Io): void {
  asProposal<{ readonly signed?: number; readonly attested?: number }>(
    propose
      .command("terms")
      .description("set the longest terms of a consent (more than half)")
      .option("--signed <seconds>", "of a consent signed by a wallet", seconds)
      .option("--attested <seconds>", "of a consent on paper", seconds),
    io,
    async (council, { signed, attested }) => {
      if (signed === undefined && attested === undefined) throw fault("CLI_USAGE", { why: "give --signed or --attested" });
      const { signedTerm, attestedTerm } = council.parameters.terms;
      return [await callTo(council, "consentRegistry", "setTerms", [signed ?? signedTerm, attested ?? attestedTerm])];
    },
  );
  asProposal<{ readonly delivery?: number; readonly emergency?: number }>(
    propose
      .command("deadlines")
      .description("set the time a custodian has to deliver (more than half)")
      .option("--delivery <seconds>", "after an ordinary request", seconds)
      .option("--emergency <seconds>", "after an emergency access", seconds),
    io,
    async (council, { delivery, emergency }) => {
      if (delivery === undefined && emergency === undefined) throw fault("CLI_USAGE", { why: "give --delivery or --emergency" });
      const now = council.parameters.deadlines;
      return [await callTo(council, "accessLedger", "setDeadlines", [delivery ?? now["delivery"], emergency ?? now["emergencyDelivery"]])];
    },
  );
  asProposal<{ readonly set?: Set }>(
    propose.command("credit").description("set rules of the credit score (more than half)").option("--set <name=number>", "a parameter of CreditLedger; may be given again", setting),
    io,
    async (council, { set = {} }) => {
      const now = council.parameters.credit;
      const unknown = Object.keys(set).find((name) => !(name in now));
      if (unknown !== undefined || Object.keys(set).length === 0) throw fault("CLI_USAGE", { why: `${unknown === undefined ? "give --set" : `no parameter ${unknown}`}; there are ${Object.keys(now).join(", ")}` });
      return [await callTo(council, "creditLedger", "setParameters", [Object.entries(now).map(([name, value]) => set[name] ?? value)])];
    },
  );
  asProposal<{ readonly votingDelay?: number; readonly votingPeriod?: number; readonly gracePeriod?: number; readonly minHospitals?: number; readonly timelockDelay?: number }>(
    propose
      .command("rules")
      .description("set how the Council decides (more than half; the timelock's delay two thirds)")
      .option("--voting-delay <seconds>", "from proposal to vote", seconds)
      .option("--voting-period <seconds>", "how long the vote is open", seconds)
      .option("--grace-period <seconds>", "in which a carried proposal must be carried out", seconds)
      .option("--min-hospitals <count>", "fewest Active hospitals a proposal may leave", countOption(2, 100))
      .option("--timelock-delay <seconds>", "between vote and effect", seconds),
    io,
    async (council, options) => {
      const { timelockDelay, ...rules } = options;
      const { votingDelay, votingPeriod, gracePeriod, minHospitals } = { ...council.rules, ...Object.fromEntries(Object.entries(rules).filter(([, value]) => typeof value === "number")) };
      const calls: Call[] = [];
      const changed = [rules.votingDelay, rules.votingPeriod, rules.gracePeriod, rules.minHospitals].some((value) => value !== undefined);
      if (changed) calls.push(await callTo(council, "council", "setRules", [[votingDelay, votingPeriod, gracePeriod, minHospitals]]));
      if (timelockDelay !== undefined) calls.push(await callTo(council, "timelock", "updateDelay", [timelockDelay]));
      if (calls.length === 0) throw fault("CLI_USAGE", { why: "give at least one rule" });
      return calls;
    },
  );
}
