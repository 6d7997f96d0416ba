/** `npm run reliability`: the fault drills on real Besu, Kubo and IPFS Cluster processes, and their parts of docs/reliability.md written from what they gave. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findIpfsPrograms } from "../network/ipfs/find-engine.ts";
import { findBesu } from "../network/local/find-besu.ts";
import { skipMark } from "../test/support/skip.ts";
import { engines, pinnedVersion } from "./engines/catalogue.ts";
import { runCommand } from "./testing/command.ts";
import { tapReader } from "./testing/tap.ts";

const help = `Runs every drill of test/faults/besu and test/faults/ipfs and writes their parts of docs/reliability.md. Takes about half an hour and two gigabytes.

  npm run reliability                     run the drills
  npm run reliability -- --only besu      only those on Besu; or only ipfs
  npm run reliability -- --figures FILE   write the part of Besu from the figures of an earlier run (FIDUCIAL_FIGURES)
    --load TEXT                           what the load average was then, where it is not the present one

Status: 0 every drill passed, 1 one failed or an engine is missing; a part is written only when all its drills passed.
`;

const page = "docs/reliability.md";
type Part = "besu" | "ipfs";
const marksOf = (part: Part) => ({ begin: `<!-- ${part} drills: begin -->`, end: `<!-- ${part} drills: end -->` });

type Row = { readonly drill: string; readonly figures: Readonly<Record<string, string | number>> };
type Drills = { readonly passed: number; readonly seconds: number; readonly load: string };

const { values } = parseArgs({ options: { figures: { type: "string" }, load: { type: "string" }, only: { type: "string" }, help: { type: "boolean" } } });

const loadNow = (): string => loadavg().map((one) => one.toFixed(0)).join(", ");

/** Runs the drills of a part, one after the other. Null when one failed, or was skipped for want of something: then nothing was shown. */
async function drills(part: Part, environment: Readonly<Record<string, string>> = {}): Promise<Drills | null> {
  const begun = performance.now();
  const before = loadNow();
  const bad: string[] = [];
  let passed = 0;
  const reader = tapReader(({ ok, name, notes }) => {
    const skipped = notes.find((line) => line.includes(skipMark));
    console.log(`${ok ? (skipped === undefined ? "passed " : "SKIPPED") : "FAILED "} ${name}`);
    for (const line of ok ? notes.filter((one) => one.includes("#")) : notes) console.log(`        ${line}`);
    if (ok && skipped === undefined) passed++;
    else bad.push(name);
  });
  const { status } = await runCommand(process.execPath, ["node_modules/.bin/ava", "--tap", "--serial", `test/faults/${part}/**/*.test.ts`], (line) => reader.line(line), { environment });
  reader.end();
  const seconds = Math.round((performance.now() - begun) / 1000);
  console.log(`${part}: ${passed} drills passed, ${bad.length} did not, in ${seconds} s`);
  return status === 0 && bad.length === 0 && passed > 0 ? { passed, seconds, load: `${before} at the beginning and ${loadNow()} at the end` } : null;
}

/** Puts `text` between the marks of a part of the page. */
function write(part: Part, text: string): void {
  const { begin, end } = marksOf(part);
  const whole = readFileSync(page, "utf8");
  const [from, to] = [whole.indexOf(begin), whole.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has lost its marks ${begin} and ${end}`);
  writeFileSync(page, `${whole.slice(0, from + begin.length)}${text}${whole.slice(to)}`);
}

const machine = (): string => `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GB`;

/** The part of Besu. */
function besuSection(rows: readonly Row[], besu: string, load: string): string {
  const table = rows.map(({ drill, figures }) => `| ${drill} | ${Object.entries(figures).map(([name, value]) => `${name}: ${value}`).join("; ")} |`);
  return `
What happens to a consortium's chain when machines fail, drilled on real Besu processes with the real contracts: four validators of IBFT 2.0 and an observer, blocks every second, on
loopback. Two hospitals register studies without a pause during every drill; afterwards each acknowledged write is looked up on the observer's node. *Lost* are acknowledged writes that
are not there, *doubled* those that are there twice. Written by \`npm run reliability\`; the drills are \`test/faults/besu\` and fail when anything is lost or doubled.

Measured with Besu ${besu} on ${machine()}, load average ${load}: all nodes, the load and
other work shared those cores, so seconds are upper bounds. A restart of Besu is mostly the start of its Java machine.

| drill | figures |
|---|---|
${table.join("\n")}

What follows for operation:

- **Four validators bear one failure.** With two of them gone nothing is written and nothing is lost: writes wait in the agents' outboxes and go out when three are back. The agent names the silent validators.
- **The longer two are away, the longer a round takes**: IBFT doubles the waiting time of every round without a block. Restarting all validators is the fastest way back.
- **A node is replaceable.** Without its disk it replays the chain from its peers; with a backup taken while it was stopped it replays the rest. Keep the node's key apart from its disk.
- **Watch a node that replays.** In another run, on a machine at a load average of 25, a validator with an empty disk replayed to 22 blocks below the head and then stood still, its log full of
  \`Queue size exceeded\`; the other three went on. The agent shows it as behind; restart Besu on such a node. The drills count such restarts.
- **Move to QBFT** with one genesis file for all, which names the block: restart every node with it before that block, and once more, one after the other, when the block has passed. Without
  the second restart Besu 26.8.0 accepts \`qbft_proposeValidatorVote\` and never puts the vote into a block.
`;
}

async function besu(): Promise<boolean> {
  const { version } = await findBesu();
  let [file, load] = [values.figures ?? "", values.load ?? loadNow()];
  if (file === "") {
    file = join(tmpdir(), `fiducial-figures-${process.pid}.ndjson`);
    const outcome = await drills("besu", { FIDUCIAL_FIGURES: file });
    if (outcome === null || !existsSync(file)) return false;
    ({ load } = outcome);
  }
  const rows = readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line) as Row);
  write("besu", besuSection(rows, version, load));
  console.log(`${page}: ${rows.length} drills on Besu (figures in ${file})`);
  return true;
}

async function ipfs(): Promise<boolean> {
  if (findIpfsPrograms() === null) {
    console.error("Kubo and IPFS Cluster are not built; npm run engines builds them.");
    return false;
  }
  const outcome = await drills("ipfs");
  if (outcome === null) return false;
  const versions = engines.filter(({ key }) => key === "kubo" || key === "cluster").map((engine) => `${engine.key === "kubo" ? "Kubo" : "IPFS Cluster"} ${pinnedVersion(engine)}`);
  write("ipfs", `\nRun last by \`npm run reliability\`: ${outcome.passed} drills, all passed in ${outcome.seconds} s, with ${versions.join(" and ")} on ${machine()}, load average ${outcome.load}.\n`);
  return true;
}

if (values.help === true) process.stdout.write(help);
else if (values.only !== undefined && values.only !== "besu" && values.only !== "ipfs") {
  process.stderr.write(help);
  process.exitCode = 2;
} else {
  const parts = { besu, ipfs };
  for (const part of values.figures !== undefined ? (["besu"] as const) : (["besu", "ipfs"] as const)) if ((values.only ?? part) === part && !(await parts[part]())) process.exitCode = 1;
}
