import type { DecodedCall, DecodedValue } from "./governance.ts";
import { cutTo, plainLine } from "./plain-text.ts";

/** What the words may draw on besides the call itself. */
export type WordSources = {
  /** Display name of a member, null when there is none. */
  readonly memberName: (id: number) => string | null;
  /** What the parameters are now, in the shape of the call's own arguments; null where that is not known or no longer of interest. */
  readonly present: DecodedCall["args"] | null;
};

type Args = DecodedCall["args"];
type Writer = (args: Args, sources: WordSources, call: DecodedCall) => string;

const titles: Readonly<Record<string, string>> = {
  consortiumAuthority: "ConsortiumAuthority",
  memberRegistry: "MemberRegistry",
  studyRegistry: "StudyRegistry",
  consentRegistry: "ConsentRegistry",
  accessLedger: "AccessLedger",
  creditLedger: "CreditLedger",
  council: "Council",
  timelock: "timelock",
  guardianPanel: "guardians' panel",
};
const roleNames: Readonly<Record<string, string>> = { "0": "ADMIN", "1": "COUNCIL", "2": "GUARDIAN", "3": "REVIEWER" };

const title = (contract: string | null): string => titles[contract ?? ""] ?? contract ?? "an unknown contract";
const text = (value: DecodedValue | undefined): string => (typeof value === "string" ? value : typeof value === "boolean" ? String(value) : JSON.stringify(value ?? null));
/** Texts on the chain are anybody's: one line, no control characters, cut where nobody reads on, and no way to end the quotation. */
const quoted = (value: DecodedValue | undefined): string => `"${cutTo(plainLine(text(value)), 128).replaceAll('"', "'")}"`;
const fieldsOf = (value: DecodedValue | undefined): Args => (typeof value === "object" && !Array.isArray(value) ? (value as Args) : {});

/** Seconds for people: 15 minutes, 2 days. */
export function duration(seconds: number): string {
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60]] as const;
  for (const [unit, size] of units) if (seconds >= size && seconds % size === 0) return `${seconds / size} ${unit}${seconds === size ? "" : "s"}`;
  return `${seconds} s`;
}

function member(args: Args, { memberName }: WordSources): string {
  const id = Number(args["id"]);
  const name = memberName(id);
  return name === null ? `member ${id}, whom nobody knows` : `member ${id}, ${quoted(name)}`;
}

/** "delivery 1 day (now 2 days), ..." for every value; with the present ones known, only those that change. */
function changes(wanted: Args, now: Args | null, show: (name: string, value: DecodedValue | undefined) => string): string {
  const parts = Object.entries(wanted).flatMap(([name, value]) => {
    const before = now?.[name];
    if (before === undefined) return [`${name} ${show(name, value)}`];
    return text(before) === text(value) ? [] : [`${name} ${show(name, value)} (now ${show(name, before)})`];
  });
  return parts.length === 0 ? "nothing: all is so already" : parts.join(", ");
}
const asDuration = (_name: string, value: DecodedValue | undefined): string => duration(Number(value));
const plain = (_name: string, value: DecodedValue | undefined): string => text(value);

function upgrade({ newImplementation, data }: Args, _sources: WordSources, { contract }: DecodedCall): string {
  const with_ = text(data) === "0x" ? "" : `, and make the call ${text(data).slice(0, 10)} that goes with it`;
  return `Upgrade ${title(contract)} to the code at ${text(newImplementation)}${with_}`;
}

const writers: Readonly<Record<string, Writer>> = {
  "memberRegistry.admit": ({ kind, governor, operators, profile }) => {
    const { displayName, endpoint } = fieldsOf(profile);
    const keys = Array.isArray(operators) ? operators.length : 0;
    return `Admit ${quoted(displayName)} as ${text(kind) === "1" ? "a hospital, with a vote" : text(kind) === "2" ? "an observer, without a vote" : `kind ${text(kind)}`}: governor ${text(governor)}, ${keys} operator ${keys === 1 ? "key" : "keys"}, endpoint ${quoted(endpoint)}`;
  },
  "memberRegistry.suspend": (args, sources) => `Suspend ${member(args, sources)}: it may write nothing and its vote rests`,
  "memberRegistry.reinstate": (args, sources) => `Reinstate ${member(args, sources)}`,
  "memberRegistry.expel": (args, sources) => `Expel ${member(args, sources)}, for ever`,
  "memberRegistry.replaceGovernor": (args, sources) => `Give ${member(args, sources)} another governor: ${text(args["governor"])}. The vote moves with it`,
  "consentRegistry.setTerms": (args, { present }) => `Set the longest terms of a consent: ${changes(args, present, asDuration)}`,
  "accessLedger.setDeadlines": (args, { present }) => `Set the time a custodian has to deliver: ${changes(args, present, asDuration)}`,
  "creditLedger.setParameters": (args, { present }) => `Set the credit rules: ${changes(fieldsOf(args["parameters"]), present === null ? null : fieldsOf(present["parameters"]), plain)}`,
  "council.setRules": (args, { present }) =>
    `Set the Council's rules: ${changes(fieldsOf(args["rules"]), present === null ? null : fieldsOf(present["rules"]), (name, value) => (name === "minHospitals" ? text(value) : asDuration(name, value)))}`,
  "timelock.updateDelay": (args, { present }) => `Set the time between vote and effect: ${changes(args, present, asDuration)}`,
  "guardianPanel.setGuardians": (args) => {
    const sitting = Array.isArray(args["guardians"]) ? args["guardians"].map(text) : [];
    return `Seat the guardians anew: ${text(args["threshold"])} of these ${sitting.length} must agree: ${sitting.join(", ")}. Every approval given so far ends`;
  },
  "consortiumAuthority.grantRole": ({ roleId, account, executionDelay }) =>
    `Give the role ${roleNames[text(roleId)] ?? `number ${text(roleId)}`} to ${text(account)}${text(executionDelay) === "0" ? "" : `, with a delay of ${duration(Number(executionDelay))}`}`,
  "consortiumAuthority.revokeRole": ({ roleId, account }) => `Take the role ${roleNames[text(roleId)] ?? `number ${text(roleId)}`} from ${text(account)}`,
};

/** The short reasons of calls that every contract has. */
const shared: Readonly<Record<string, Writer>> = {
  resume: (_args, _sources, { contract }) => `Release the brake of ${title(contract)}: writes go on`,
  pause: (_args, _sources, { contract }) => `Pull the brake of ${title(contract)}: writes stop`,
  upgradeToAndCall: upgrade,
};

/** What one call of a proposal will do, as one sentence without its full stop. Calls that are not known are told by their bytes. */
export function wordsOf(call: DecodedCall, sources: WordSources): string {
  const { contract, name, args, inner, call: raw } = call;
  const value = raw.value === "0" ? "" : `, sending ${raw.value}`;
  if (name === null) return `Call ${raw.data === "0x" ? "nothing" : `function ${raw.data.slice(0, 10)}`} of ${contract === null ? `${raw.target}, which is no contract of the consortium` : title(contract)} with ${Math.max(0, raw.data.length / 2 - 5)} bytes that this version cannot read${value}`;
  if (inner.length > 0) {
    const through = name === "multicall" ? "" : `Through ${title(contract)} (${name}): `;
    return `${through}${inner.map((one) => wordsOf(one, { ...sources, present: null })).join("; ")}${value}`;
  }
  const write = writers[`${contract}.${name}`] ?? shared[name];
  if (write !== undefined) return `${write(args, sources, call)}${value}`;
  const given = Object.entries(args).map(([key, one]) => `${key} ${cutTo(plainLine(text(one)), 200)}`);
  return `Call ${name} of ${title(contract)}${given.length === 0 ? "" : ` with ${given.join(", ")}`}${value}`;
}
