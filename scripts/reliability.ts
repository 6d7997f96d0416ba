/** `npm run reliability`: the fault drills on real Besu processes, and their part of docs/reliability.md written from what they measured. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findBesu } from "../network/local/find-besu.ts";
import { runCommand } from "./testing/command.ts";

const help = `Runs every drill of test/faults/besu and writes their part of docs/reliability.md from the figures. Takes about a quarter of an hour and two gigabytes.

  npm run reliability                     run the drills
  npm run reliability -- --figures FILE   write the page from the figures of an earlier run (FIDUCIAL_FIGURES)
    --load TEXT                           what the load average was then, where it is not the present one

Status: 0 every drill passed, 1 one failed; the page is written only when every drill passed.
`;

const page = "docs/reliability.md";
const marks = { begin: "<!-- besu drills: begin -->", end: "<!-- besu drills: end -->" };

type Row = { readonly drill: string; readonly figures: Readonly<Record<string, string | number>> };

const { values } = parseArgs({ options: { figures: { type: "string" }, load: { type: "string" }, help: { type: "boolean" } } });

/** Runs the drills. Gives the file with their figures, or null when one failed. */
async function drills(): Promise<string | null> {
  const file = join(tmpdir(), `fiducial-figures-${process.pid}.ndjson`);
  const { status } = await runCommand(process.execPath, ["node_modules/.bin/ava", "--serial", "test/faults/besu/**/*.test.ts"], (line) => console.log(line), { environment: { FIDUCIAL_FIGURES: file } });
  return status === 0 && existsSync(file) ? file : null;
}

/** What stands between the marks of the page. */
function section(rows: readonly Row[], besu: string, load: string): string {
  const [cpu] = cpus();
  const table = rows.map(({ drill, figures }) => `| ${drill} | ${Object.entries(figures).map(([name, value]) => `${name}: ${value}`).join("; ")} |`);
  return `
What happens to a consortium's chain when machines fail, drilled on real Besu processes with the real contracts: four validators of IBFT 2.0 and an observer, blocks every second, on
loopback. Two hospitals register studies without a pause during every drill; afterwards each acknowledged write is looked up on the observer's node. *Lost* are acknowledged writes that
are not there, *doubled* those that are there twice. Written by \`npm run reliability\`; the drills are \`test/faults/besu\` and fail when anything is lost or doubled.

Measured with Besu ${besu} on ${cpus().length} cores (${cpu?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GB, load average ${load}: all nodes, the load and
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

if (values.help === true) process.stdout.write(help);
else {
  const { version } = await findBesu();
  const file = values.figures ?? (await drills());
  if (file === null) process.exitCode = 1;
  else {
    const rows = readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line) as Row);
    const load = values.load ?? loadavg().map((one) => one.toFixed(0)).join(", ");
    const text = readFileSync(page, "utf8");
    const [begin, end] = [text.indexOf(marks.begin), text.indexOf(marks.end)];
    if (begin < 0 || end < begin) throw new Error(`${page} has lost its marks ${marks.begin} and ${marks.end}`);
    writeFileSync(page, `${text.slice(0, begin + marks.begin.length)}${section(rows, version, load)}${text.slice(end)}`);
    console.log(`${page}: ${rows.length} drills`);
  }
}
