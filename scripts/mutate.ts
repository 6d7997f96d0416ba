import { parseArgs } from "node:util";
import { generateMutants } from "./mutate/generate.ts";
import { forget, keep, readJournal, sourcesDigest, testDigests, type Entry } from "./mutate/journal.ts";
import { startJudge } from "./mutate/judge-process.ts";
import { readRecord, writeRecord, type Counts, type Survivor } from "./mutate/record.ts";
import { nameOf, subjects } from "./mutate/subjects.ts";

const help = `Changes one thing at a time in the rules of credit, consent and access, and asks whether a test notices.

  npm run mutate -- [--file TEXT] [--resume] [--list] [--write]

  --file TEXT   only files whose path contains TEXT, e.g. CreditLedger
  --resume      keep the verdicts of an earlier run that still hold: those on contracts that did not change since; what
                survived is judged again by the tests that changed
  --list        only print the mutants
  --write       write counts and survivors to contracts/mutation.json; explanations that are there stay

Needs compiled contracts (npm run build). About a second of one core per mutant. Can be ended at any time: each verdict is kept.
Exit codes: 0 every survivor is explained in contracts/mutation.json and every explained one survives, 1 otherwise, 2 it could not be run.
`;

const { values } = parseArgs({ options: { file: { type: "string", default: "" }, resume: { type: "boolean" }, list: { type: "boolean" }, write: { type: "boolean" }, help: { type: "boolean" } } });
const say = (text: string): void => void process.stdout.write(`${text}\n`);

type Ground = { readonly sources: string; readonly tests: Readonly<Record<string, string>> };

/** Tests that this mutant is known to pass as they are now. */
const passedBy = (entry: Entry | undefined, { sources, tests }: Ground): string[] =>
  entry?.verdict === "survived" && entry.sources === sources ? Object.keys(tests).filter((test) => entry.passed?.[test] === tests[test]) : [];

/** Whether an earlier verdict can stand in for a new one. */
function holds(entry: Entry | undefined, now: Ground): entry is Entry {
  if (entry?.sources !== now.sources) return false;
  return entry.verdict !== "survived" || passedBy(entry, now).length === Object.keys(now.tests).length;
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
  const grounds = new Map<string, Ground>();
  for (const { subject } of generated) grounds.set(subject.file, { sources: await sourcesDigest(subject), tests: await testDigests(subject) });
  const groundOf = (file: string): Ground => grounds.get(file) ?? { sources: "", tests: {} };
  const before = await readJournal();
  const judge = startJudge();
  const counts: Record<string, Counts> = {};
  const survivors: { readonly contract: string; readonly mutant: string }[] = [];
  const begun = performance.now();
  let judged = 0;
  const waiting = all.filter(({ subject, mutant }) => !holds(before.get(`${subject.file} ${mutant.id}`), groundOf(subject.file))).length;
  say(`${all.length} mutants of ${generated.length} files, ${waiting} to judge`);
  try {
    for (const [number, { subject, mutant }] of all.entries()) {
      const earlier = before.get(`${subject.file} ${mutant.id}`);
      const now = groundOf(subject.file);
      let entry = holds(earlier, now) ? earlier : undefined;
      if (entry === undefined) {
        const start = performance.now();
        const verdict = await judge.judge({ number, file: subject.file, text: mutant.text, passed: passedBy(earlier, now) });
        entry = { file: subject.file, id: mutant.id, sources: now.sources, ...verdict, ...(verdict.verdict === "survived" ? { passed: now.tests } : {}), seconds: Math.round((performance.now() - start) / 100) / 10 };
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
    const order = subjects.map(nameOf);
    const contracts = order.flatMap((contract) => {
      const row = counts[contract] ?? record.contracts[contract];
      return row === undefined ? [] : [[contract, row] as const];
    });
    const sorted = [...others, ...now].sort((one, two) => order.indexOf(one.contract) - order.indexOf(two.contract));
    await writeRecord({ contracts: Object.fromEntries(contracts), survivors: sorted });
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
