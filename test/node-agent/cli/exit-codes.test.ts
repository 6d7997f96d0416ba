import test from "ava";
import { exitCodeOf } from "../../../node-agent/src/cli/exit-codes.ts";
import { fault } from "../../../node-agent/src/model/fault.ts";

const answer = (status: number) => fault("CLI_ANSWER", { status, code: "X", detail: "x", hint: "" });

test("an error's exit status is what the help says", (t) => {
  t.is(exitCodeOf(new Error("x")), 1);
  t.is(exitCodeOf(fault("CLI_USAGE", { why: "x" })), 2);
  t.is(exitCodeOf(fault("CONFIG_UNREADABLE", { file: "x", why: "ENOENT" })), 2);
  t.is(exitCodeOf(fault("CLI_AGENT_UNREACHABLE", { url: "x", why: "ECONNREFUSED" })), 3);
  t.is(exitCodeOf(answer(401)), 4);
  t.is(exitCodeOf(answer(403)), 4);
  t.is(exitCodeOf(answer(410)), 4);
  t.is(exitCodeOf(fault("CLI_DENIED", { request: "x", reason: "noConsent" })), 4);
  t.is(exitCodeOf(answer(404)), 5);
  t.is(exitCodeOf(fault("CLI_STILL_WAITING", { what: "x", seconds: 1 })), 6);
  t.is(exitCodeOf(answer(503)), 6);
  t.is(exitCodeOf(answer(500)), 1);
  t.is(exitCodeOf(fault("CLI_UNHEALTHY", { failed: 1 })), 1);
});
