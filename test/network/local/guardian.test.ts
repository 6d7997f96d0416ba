import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import test from "ava";

const guardian = pathToFileURL("network/local/guardian.ts").href;
/** A parent that starts a child which ignores its own end of input, guards it, and tells its number. */
const parent = (mark: string) => `
import { spawn } from "node:child_process";
import { guardChild } from ${JSON.stringify(guardian)};
const child = spawn("sleep", ["600.0173"], { stdio: "ignore", detached: true });
guardChild(child.pid, ${JSON.stringify(mark)});
console.log(child.pid);
setInterval(() => {}, 1000);
`;

const alive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

async function startParent(mark: string): Promise<{ readonly kill: () => void; readonly child: number; readonly gone: Promise<unknown> }> {
  const program = spawn(process.execPath, ["--input-type=module", "-e", parent(mark)], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: program.stdout }), "line")) as [string];
  return { kill: () => program.kill("SIGKILL"), child: Number(line), gone: once(program, "close") };
}

test("a guarded process ends when its parent is killed, however suddenly", async (t) => {
  t.timeout(120_000);
  const { kill, child, gone } = await startParent("600.0173");
  t.true(alive(child));
  kill();
  await gone;
  for (let tries = 0; tries < 300 && alive(child); tries++) await sleep(100);
  t.false(alive(child));
});

test("a process of another command line is left alone: its number may have passed to somebody else", async (t) => {
  t.timeout(120_000);
  const { kill, child, gone } = await startParent("a mark that it does not have");
  t.teardown(() => process.kill(child, "SIGKILL"));
  kill();
  await gone;
  await sleep(2000);
  t.true(alive(child));
});
