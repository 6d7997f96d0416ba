import test from "ava";
import { createFailureLimit } from "../../../../node-agent/src/http/signin/failure-limit.ts";
import { createSessions } from "../../../../node-agent/src/http/signin/sessions.ts";
import { Fault } from "../../../../node-agent/src/model/fault.ts";
import type { Principal } from "../../../../node-agent/src/ports/accounts.ts";

const principal: Principal = { name: "meier", roles: ["clinician"], patient: null };

test("a token is known until it is closed", (t) => {
  const sessions = createSessions({ now: () => 0 });
  const { token } = sessions.open(principal);
  t.is(sessions.find(token), principal);
  t.is(sessions.find(`${token}x`), null);
  sessions.close(token);
  t.is(sessions.find(token), null);
});

test("a session ends after eight hours", (t) => {
  let now = 1_000;
  const sessions = createSessions({ now: () => now });
  const { token, expiresAt } = sessions.open(principal);
  t.is(expiresAt, 1_000 + 8 * 3_600_000);
  now = expiresAt - 1;
  t.is(sessions.find(token), principal);
  now = expiresAt;
  t.is(sessions.find(token), null);
});

test("all sessions of an account end together", (t) => {
  const sessions = createSessions({ now: () => 0 });
  const [one, two, other] = [sessions.open(principal), sessions.open(principal), sessions.open({ ...principal, name: "huber" })];
  sessions.closeAllOf("meier");
  t.is(sessions.find(one.token), null);
  t.is(sessions.find(two.token), null);
  t.is(sessions.find(other.token)?.name, "huber");
});

test("no session outlives the account it was opened for, whoever changed it", (t) => {
  let mark: string | null = "hash 1";
  const sessions = createSessions({ now: () => 0 }, () => mark);
  const { token } = sessions.open(principal);
  t.is(sessions.find(token), principal);
  mark = "hash 2";
  t.is(sessions.find(token), null);
  mark = null;
  t.is(sessions.find(token), null);
});

test("ten failures for a name from one address, then waiting; other names and addresses go on", (t) => {
  let now = 0;
  const limit = createFailureLimit({ now: () => now });
  for (let count = 0; count < 10; count++) {
    limit.check("10.0.0.1", "meier");
    limit.failed("10.0.0.1", "meier");
  }
  const error = t.throws(() => limit.check("10.0.0.1", "meier"), { instanceOf: Fault });
  t.is(error?.code, "HTTP_SIGN_IN_LIMITED");
  t.is(error?.status, 429);
  t.notThrows(() => limit.check("10.0.0.1", "huber"));
  t.notThrows(() => limit.check("10.0.0.2", "meier"));
  now = 300_000;
  t.notThrows(() => limit.check("10.0.0.1", "meier"));
});

test("one address cannot try fifty-one names", (t) => {
  const limit = createFailureLimit({ now: () => 0 });
  for (let count = 0; count < 50; count++) limit.failed("10.0.0.1", `name${count}`);
  t.throws(() => limit.check("10.0.0.1", "another"), { instanceOf: Fault });
});

test("a success forgives the name", (t) => {
  const limit = createFailureLimit({ now: () => 0 });
  for (let count = 0; count < 9; count++) limit.failed("10.0.0.1", "meier");
  limit.succeeded("10.0.0.1", "meier");
  limit.failed("10.0.0.1", "meier");
  t.notThrows(() => limit.check("10.0.0.1", "meier"));
});
