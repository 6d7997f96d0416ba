import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Hex } from "viem";
import { fault } from "../node-agent/src/model/fault.ts";
import { httpRpc } from "./deploy/http.ts";
import { upgradeable } from "./generate/layouts.ts";
import { advanceUpgrade, proposeUpgrade, stageOf, voteUpgrade } from "./upgrade/decide.ts";
import { artifactOf, initOf, prepareUpgrade, proxyOf } from "./upgrade/prepare.ts";
import { keepState, readState, type UpgradeState } from "./upgrade/state.ts";
import { subjectOf } from "./verify/subject.ts";

const help = `Upgrades a contract through the members' vote, step by step; every step can be repeated and goes on where the last one stood.

  node scripts/upgrade.ts prepare --state FILE --contract NAME (--config FILE | --rpc URL --deployment FILE)
                                  [--source contracts/X.sol:X] [--init NAME --args JSON] [--before FILE]
  node scripts/upgrade.ts propose --state FILE --key-file FILE --why TEXT
  node scripts/upgrade.ts vote    --state FILE --key-file FILE [--against | --abstain] [--wait]
  node scripts/upgrade.ts queue   --state FILE [--wait]
  node scripts/upgrade.ts execute --state FILE [--wait]
  node scripts/upgrade.ts status  --state FILE

  prepare   puts the new code on the chain and checks it: against the layout of the code in use, whether its initialiser is given, whether it
            goes through, can be upgraded again, and by nobody else. What would do harm is refused, each reason a sentence; nothing is proposed.
  propose   as a hospital's governor; the new storage layout is told to whoever votes. Two thirds of all votes carry it.
  vote      as a governor; \`fiducial member vote\` does the same through an agent, with the proposal in words.
  queue, execute   need no key.

  --state FILE       what has been done so far; made by prepare, needed by every step
  --contract NAME    ${upgradeable.join(", ")}
  --config FILE      agent.yaml of an agent: its node and its addresses
  --rpc, --deployment   a node, and the addresses as scripts/deploy.ts printed or wrote them
  --source PATH:NAME the new version, compiled (npm run build); contracts/NAME.sol:NAME unless given
  --init, --args     function of the new version to call with the upgrade, and its arguments: --init initializeSecond --args '[7]'
  --before FILE      layout of the code in use; the committed one in contracts/layouts unless given
  --key-file FILE    the governor's key
  --wait             wait until the step is possible

Exit codes: 0 done, or done before; 1 anything else (the reason is on standard error).
`;

const options = {
  state: { type: "string" }, contract: { type: "string" }, config: { type: "string" }, rpc: { type: "string" }, deployment: { type: "string" }, source: { type: "string" },
  init: { type: "string" }, args: { type: "string" }, before: { type: "string" }, "key-file": { type: "string" }, why: { type: "string" },
  against: { type: "boolean" }, abstain: { type: "boolean" }, wait: { type: "boolean" }, help: { type: "boolean" },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>["values"];

const wrong = (what: string) => fault("DEPLOY_INPUT_WRONG", { what });
const say = (step: string) => void process.stderr.write(`${step}\n`);

async function keyIn(file: string | undefined): Promise<Hex> {
  if (file === undefined) throw wrong("give --key-file");
  const text = (await readFile(file, "utf8")).trim();
  if (!/^0x[0-9a-fA-F]{64}$/u.test(text)) throw wrong(`${file} is not a key: 0x and 64 hex digits`);
  return text as Hex;
}

/** The kept state, or a new one from the options of prepare. */
async function stateOf(file: string, step: string, values: Values): Promise<UpgradeState> {
  const kept = await readState(file);
  if (kept !== null) return kept;
  if (step !== "prepare") throw wrong(`${file} is not there: run prepare first`);
  const subject = await subjectOf(values);
  const contract = upgradeable.find((name) => name === values.contract);
  if (subject === null || contract === undefined) throw wrong(`prepare takes --config, or --rpc and --deployment, and --contract: ${upgradeable.join(", ")}`);
  const source = values.source ?? `contracts/${contract}.sol:${contract}`;
  const init = values.init === undefined ? "0x" : initOf((await artifactOf(source)).abi, values.init, JSON.parse(values.args ?? "[]") as unknown[]);
  const state: UpgradeState = { ...subject, contract, source, proxy: proxyOf(subject, contract), init, before: values.before === undefined ? null : resolve(values.before), candidate: null, checked: false, description: null };
  return await keepState(file, state);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [step] = positionals;
  const file = values.state;
  if (values.help || step === undefined || file === undefined) {
    process.stdout.write(help);
    return values.help ? 0 : 1;
  }
  const state = await stateOf(file, step, values);
  const rpc = httpRpc(state.url);
  const keep = (next: UpgradeState) => keepState(file, next);
  const wait = values.wait === true;
  if (step === "prepare") {
    const { candidate } = await prepareUpgrade(rpc, state, say, keep);
    process.stdout.write(`${candidate} may replace the code of ${state.contract}: every check passed. Next: propose.\n`);
  } else if (step === "propose") {
    if (values.why === undefined && state.description === null) throw wrong("give --why, for everybody to read");
    await proposeUpgrade(rpc, state, { key: await keyIn(values["key-file"]), why: values.why ?? "" }, say, keep);
  } else if (step === "vote") await voteUpgrade(rpc, state, { key: await keyIn(values["key-file"]), support: values.against ? 0 : values.abstain ? 2 : 1, wait }, say);
  else if (step === "queue" || step === "execute") await advanceUpgrade(rpc, state, step, wait, say);
  else if (step !== "status") throw wrong(`no step ${step}; --help lists them`);
  if (step !== "prepare") {
    const { id, stage, votes } = await stageOf(rpc, state.description === null ? ((await readState(file)) ?? state) : state);
    process.stdout.write(`${JSON.stringify({ contract: state.contract, candidate: state.candidate, proposal: `0x${id.toString(16).padStart(64, "0")}`, state: stage ?? "not proposed", against: Number(votes[0] ?? 0), for: Number(votes[1] ?? 0) })}\n`);
  }
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const hint = error instanceof Error && "hint" in error ? `\n${String(error.hint)}` : "";
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${hint}\n`);
  process.exitCode = 1;
}
