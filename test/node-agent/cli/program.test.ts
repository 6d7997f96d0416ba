import test from "ava";
import type { Command } from "commander";
import { createProgram } from "../../../node-agent/src/cli/program.ts";
import { createShutdown } from "../../../node-agent/src/ops/shutdown.ts";
import { fiducial } from "./run-program.ts";

test("help names every group and the exit codes, and is no failure", async (t) => {
  const { status, out } = await fiducial(["--help"]);
  t.is(status, 0);
  for (const word of ["agent", "study", "consent", "request", "history", "member", "credit", "review", "wallet", "doctor", "Exit status", "--json"]) t.true(out.includes(word), word);
});

test("the version is one line", async (t) => {
  t.deepEqual((({ status, out }) => ({ status, out }))(await fiducial(["--version"])), { status: 0, out: "0.0.0\n" });
});

for (const args of [["nonsense"], ["study", "nonsense"], ["study", "list", "--nonsense"], ["study", "show"], ["study", "show", "not-an-id"], ["request", "create", `0x${"1".repeat(64)}`, "--purpose", "FUN"], ["study", "list", "--limit", "0"], ["agent", "run"]])
  test(`a mistake in the command is status 2: ${args.join(" ")}`, async (t) => {
    const plain = await fiducial(args);
    t.is(plain.status, 2);
    t.is(plain.out, "");
    t.regex(plain.err, /error: /u);
  });

test("with --json a mistake in the command is one JSON document", async (t) => {
  const { status, err } = await fiducial(["--json", "study", "show", "not-an-id"]);
  t.is(status, 2);
  t.is((JSON.parse(err) as { error: { code: string } }).error.code, "CLI_USAGE");
});

test("a command that signs in says how when it cannot", async (t) => {
  const { status, err } = await fiducial(["study", "list"]);
  t.is(status, 2);
  t.regex(err, /--user and --password-file \(or FIDUCIAL_USER/u);
});

test("every command has a description, and every leaf an action", (t) => {
  const io = { out: { write: () => {}, terminal: false, columns: 80 }, err: { write: () => {}, terminal: false, columns: 80 }, defaults: { url: null, user: null, passwordFile: null }, shutdown: createShutdown(() => {}), onInputEnd: () => {} };
  const program = createProgram({ io, version: "0", startAgent: async () => Promise.reject(new Error("unused")) });
  let leaves = 0;
  const walk = (command: Command, path: string) => {
    t.true(command.description().length > 10, `${path} says what it does`);
    for (const option of command.options) t.true((option.description ?? "").length > 0, `${path} ${option.flags}`);
    if (command.commands.length === 0) leaves++;
    for (const below of command.commands) walk(below, `${path} ${below.name()}`);
  };
  walk(program, "fiducial");
  t.true(leaves > 25, `${leaves} commands`);
});
