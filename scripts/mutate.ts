import { parseArgs } from "node:util";
import { generateMutants } from "./mutate/generate.ts";
import { forget, grounds, keep, readJournal, type Entry } from "./mutate/journal.ts";
import { startJudge } from "./mutate/judge-process.ts";
import { readRecord, writeRecord, type Counts, type Survivor } from "./mutate/record.ts";
import { nameOf } from "./mutate/subjects.ts";

const help = `Changes one thing at a time in the rules of credit, consent and access, and asks whether a test notices.

  npm run mutate -- [--file TEXT] [--resume] [--list] [--write]

  --file TEXT   only files whose path contains TEXT, e.g. CreditLedger
  --resume      keep the verdicts of an earlier run that still hold: all of them while neither contracts nor tests changed;
                after a change of tests, what survived is judged again
  --list        only print the mutants
  --write       write counts and survivors to contracts/mutation.json; explanations that are there stay

Needs compiled contracts (npm run build). About a second of one core per mutant. Can be ended at any time: each verdict is kept.
Exit codes: 0 every survivor is explained in contracts/mutation.json and every explained one survives, 1 otherwise, 2 it could not be run.
`;

const { values } = parseArgs({ options: { file: { type: "string", default: "" }, resume: { type: "boolean" }, list: { type: "boolean" }, write: { type: "boolean" }, help: { type: "boolean" } } });
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Whether an earlier verdict can stand in for a new one. */
function holds(entry: Entry | undefined, now: { readonly sources: string; readonly tests: string }): entry is Entry {
  return entry !== undefined && entry.sources === now.sources && (entry.verdict !== "survived" || entry.tests === now.tests);
}

async function main(): Promise<number> {
  if (values.help) return say(help.trimEnd()) ?? 0;
  const generated = await generateMutants(values.file);
  if (generated.length === 0) {
    process.stderr.write(`No file's path contains "${values.file}": see --list\n`);
    return 2;
  }
  const all = generated.flatMap(({ subject, mutants }) => mutants.map((mutant) => ({ subject, mutant })));
  if (values.list) {
    for (const { mutant } of all) say(mutant.id);
    return 0;
  }
  if (!values.resume) await forget();
  const now = await grounds();
  const before = await readJournal();
  const judge = startJudge();
  const counts: Record<string, Counts> = {};
  const survivors: { readonly contract: string; readonly mutant: string }[] = [];
  const begun = performance.now();
  let judged = 0;
  const waiting = all.filter(({ subject, mutant }) => !holds(before.get(`${subject.file} ${mutant.id}`), now)).length;
  say(`${all.length} mutants of ${generated.length} files, ${waiting} to judge`);
  try {
    for (const [number, { subject, mutant }] of all.entries()) {
      const key = before.get(`${subject.file} ${mutant.id}`);
      let entry = holds(key, now) ? key : undefined;
      if (entry === undefined) {
        const start = performance.now();
        const verdict = await judge.judge({ number, file: subject.file, text: mutant.text });
        entry = { file: subject.file, id: mutant.id, ...now, ...verdict, seconds: Math.round((performance.now() - start) / 100) / 10 };
        await keep(entry);
        judged++;
        const left = ((performance.now() - begun) / judged / 60_000) * (waiting - judged);
        if (judged % 25 === 0) say(`${judged} of ${waiting} judged, ${survivors.length} survived so far, about ${left.toFixed(0)} min left`);
      }
      const contract = nameOf(subject);
      const row = counts[contract] ?? { mutants: 0, killed: 0, equal: 0, invalid: 0, survived: 0 };
      counts[contract] = row;
      row.mutants++;
      row[entry.verdict]++;
      if (entry.verdict !== "survived") continue;
      survivors.push({ contract, mutant: mutant.id });
      say(`survived  ${mutant.id}`);
    }
  } finally {
    judge.stop();
  }
  return await conclude(counts, survivors, judged, (performance.now() - begun) / 1000);
}

/** Prints what came out, compares it with what is committed, or writes it. */
async function conclude(counts: Record<string, Counts>, survivors: readonly { readonly contract: string; readonly mutant: string }[], judged: number, seconds: number): Promise<number> {
  for (const [contract, { mutants, killed, equal, invalid, survived }] of Object.entries(counts)) {
    say(`${contract.padEnd(20)} ${mutants} mutants: ${killed} killed, ${survived} survived; ${equal} the same code, ${invalid} do not compile`);
  }
  say(`${judged} judged in ${(seconds / 60).toFixed(1)} min`);
  const record = await readRecord();
  const known = new Map(record.survivors.map(({ mutant, because }) => [mutant, because]));
  if (values.write) {
    const others = record.survivors.filter(({ contract }) => !(contract in counts));
    const now: Survivor[] = survivors.map(({ contract, mutant }) => ({ contract, mutant, because: known.get(mutant) ?? "" }));
    await writeRecord({ contracts: { ...record.contracts, ...counts }, survivors: [...others, ...now] });
  }
  const unexplained = survivors.filter(({ mutant }) => (known.get(mutant) ?? "") === "");
  const alive = new Set(survivors.map(({ mutant }) => mutant));
  const gone = record.survivors.filter(({ contract, mutant }) => contract in counts && !alive.has(mutant));
  for (const { mutant } of unexplained) say(`NOT EXPLAINED  ${mutant}`);
  for (const { mutant } of gone) say(`explained, but killed now  ${mutant}`);
  return unexplained.length === 0 && gone.length === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 2;
});
