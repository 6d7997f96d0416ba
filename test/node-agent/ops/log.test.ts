import test from "ava";
import { Fault, fault } from "../../../node-agent/src/model/fault.ts";
import { createLog, type LogLevel } from "../../../node-agent/src/ops/log.ts";

type Caught = { readonly code: string; readonly message: string; readonly at?: readonly string[]; readonly cause?: Caught };
type Line = { readonly time?: string; readonly what?: string; readonly error?: Caught };

function capture(level: LogLevel = "debug") {
  const lines: string[] = [];
  const log = createLog({ level, fields: { member: 1 }, to: { write: (line: string) => void lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? "{}") as Line };
}

test("one JSON line per event, with its fields and those of the log", (t) => {
  const { log, last } = capture();
  log.with({ flow: "shareStudy" }).info("study registered", { instances: 64, study: "0xab" });
  const { time, ...rest } = last();
  t.deepEqual<unknown, unknown>(rest, { level: "info", member: 1, flow: "shareStudy", instances: 64, study: "0xab", event: "study registered" });
  t.regex(String(time), /^\d{4}-\d\d-\d\dT.*Z$/u);
});

test("levels below the configured one are not written", (t) => {
  const { log, lines } = capture("warn");
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  t.is(lines.length, 2);
});

test("secrets and patient attributes are not written under any name they usually have", (t) => {
  const { log, lines } = capture();
  for (const name of ["password", "passphraseFile", "token", "authorization", "Cookie", "privateKey", "patientId", "PatientName", "patientBirthDate", "accessionNumber", "StudyInstanceUID", "uid"])
    log.with({ [name]: "VERY-SECRET" }).info("event", { [name]: "VERY-SECRET" });
  t.false(lines.join("").includes("VERY-SECRET"));
});

test("DICOM UIDs are taken out of texts; addresses and versions are not", (t) => {
  const { log, last } = capture();
  log.info("event", { what: "study 1.2.840.113619.2.55.3.604688119 at 127.0.0.1:80, version 1.2.3" });
  t.is(last().what, "study [uid] at 127.0.0.1:80, version 1.2.3");
});

test("a fault is written with code, message and causes", (t) => {
  const { log, last } = capture();
  const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
  log.error("event", {}, fault("PEER_UNREACHABLE", { member: 2, why: "ECONNREFUSED" }, cause));
  const error = last().error;
  t.is(error?.code, "PEER_UNREACHABLE");
  t.is(error?.at, undefined);
  t.is(error?.cause?.code, "ECONNREFUSED");
  t.regex(error?.cause?.message ?? "", /ECONNREFUSED/u);
});

test("what a foreign error quotes is not written, neither in its message nor in its stack", (t) => {
  const { log, lines } = capture();
  for (const make of [() => JSON.parse('DOE^JANE'), () => new URL("DOE^JANE"), () => { throw new Error("bad 'DOE^JANE' of \"DOE^JANE\" 1.2.840.10008.5.1.4"); }, () => { throw "DOE^JANE"; }])
    try {
      make();
    } catch (error) {
      log.error("event", {}, error);
      log.error("event", {}, new Error("outer", { cause: error }));
    }
  t.is(lines.length, 8);
  t.false(lines.join("").includes("JANE"));
  t.false(lines.join("").includes("10008"));
  t.true(lines.join("").includes("log.test.ts"), "where it happened is still told");
});

test("a chain of causes that never ends is cut", (t) => {
  const { log, lines } = capture();
  const error = new Error("a");
  error.cause = error;
  log.error("event", {}, error);
  t.is(lines.length, 1);
  t.false(error instanceof Fault);
});
