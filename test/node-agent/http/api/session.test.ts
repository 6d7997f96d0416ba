import { join } from "node:path";
import test from "ava";
import { openAccounts } from "../../../../node-agent/src/accounts/accounts.ts";
import { call } from "../support/api.ts";
import { passwordOf } from "../support/accounts.ts";
import { type Hospital, openHospital } from "../support/hospital.ts";

let hospital: Hospital;
test.before(async () => {
  hospital = await openHospital();
});
test.after.always(async () => {
  await hospital.close();
});

test("a session is opened, used and closed", async (t) => {
  const opened = await call(t, hospital, "POST /api/session", { who: "", body: { name: "clinician", password: passwordOf("clinician") } });
  t.is(opened.status, 201);
  const token = String(opened.json["token"]);
  t.true(token.length >= 43);
  const me = await call(t, hospital, "GET /api/me", { token });
  t.like(me.json, { name: "clinician", roles: ["clinician"], kind: "hospital" });
  t.is((await call(t, hospital, "DELETE /api/session", { token })).status, 204);
  const after = await call(t, hospital, "GET /api/me", { token });
  t.is(after.status, 401);
  t.is(after.json["code"], "HTTP_SIGN_IN_FAILED");
});

test("401 without, with a wrong and with a malformed sign-in, always with a challenge", async (t) => {
  for (const authorization of [null, "Basic !!!", `Basic ${Buffer.from("clinician:wrong").toString("base64")}`, "Bearer nonsense", "Digest x", `Basic ${Buffer.from("nocolon").toString("base64")}`]) {
    const answer = await fetch(`${hospital.url}/api/me`, { headers: authorization === null ? {} : { authorization } });
    t.is(answer.status, 401, String(authorization));
    t.regex(answer.headers.get("www-authenticate") ?? "", /^Bearer .*Basic/u);
  }
});

test("guessing is slowed down with 429 and Retry-After", async (t) => {
  const own = await openHospital();
  t.teardown(own.close);
  for (let count = 0; count < 10; count++) await call(t, own, "POST /api/session", { who: "", body: { name: "clinician", password: "guess" } });
  const limited = await call(t, own, "POST /api/session", { who: "", body: { name: "clinician", password: passwordOf("clinician") } });
  t.is(limited.status, 429);
  t.regex(limited.headers.get("retry-after") ?? "", /^\d+$/u);
  t.is((await call(t, own, "POST /api/session", { who: "", body: { name: "auditor", password: passwordOf("auditor") } })).status, 201);
});

test("guesses sent all at once are limited as those sent one by one", async (t) => {
  const own = await openHospital();
  t.teardown(own.close);
  const answers = await Promise.all(Array.from({ length: 30 }, () => call(t, own, "POST /api/session", { who: "", body: { name: "clinician", password: "guess" } })));
  t.is(answers.filter(({ status }) => status === 401).length, 10);
  t.is(answers.filter(({ status }) => status === 429).length, 20);
});

test("an administrator adds, changes and removes accounts; sessions end with them", async (t) => {
  const body = { name: "newcomer", password: "a long enough password", roles: ["clinician"] };
  t.is((await call(t, hospital, "POST /api/accounts", { body })).status, 403, "a clinician may not");
  t.is((await call(t, hospital, "POST /api/accounts", { who: "admin", body: { ...body, password: "short" } })).status, 400);
  t.is((await call(t, hospital, "POST /api/accounts", { who: "admin", body: { ...body, patient: { patientId: "X" } } })).status, 400, "only patients are linked");
  t.is((await call(t, hospital, "POST /api/accounts", { who: "admin", body })).status, 201);
  const { json } = await call(t, hospital, "POST /api/session", { who: "", body: { name: "newcomer", password: body.password } });
  const token = String(json["token"]);
  const listed = (await call(t, hospital, "GET /api/accounts", { who: "admin" })).json["accounts"] as Record<string, unknown>[];
  t.true(listed.some((one) => one["name"] === "newcomer"));
  t.notRegex(JSON.stringify(listed), /PHANTOM-1|hash|password/u, "who a patient is, and hashes, are not shown");
  t.is((await call(t, hospital, "POST /api/accounts", { who: "admin", body: { ...body, roles: ["auditor"] } })).status, 201);
  t.is((await call(t, hospital, "GET /api/me", { token })).status, 401, "changed: signed out");
  t.is((await call(t, hospital, "DELETE /api/accounts/:name", { who: "admin", params: { name: "newcomer" } })).status, 204);
  t.is((await call(t, hospital, "DELETE /api/accounts/:name", { who: "admin", params: { name: "admin" } })).status, 400);
});

test("an account changed or removed by the command line is signed out of the running agent", async (t) => {
  const own = await openHospital();
  t.teardown(own.close);
  const signedIn = async () => String((await call(t, own, "POST /api/session", { who: "", body: { name: "second", password: passwordOf("second") } })).json["token"]);
  const elsewhere = openAccounts(join(own.folder, "accounts.json"), { indexKey: own.context.keyring.indexKey });
  let token = await signedIn();
  t.is((await call(t, own, "GET /api/me", { token })).status, 200);
  await elsewhere.put({ name: "second", roles: ["auditor"], patient: null, password: passwordOf("second") });
  t.is((await call(t, own, "GET /api/me", { token })).status, 401);
  token = await signedIn();
  t.deepEqual((await call(t, own, "GET /api/me", { token })).json["roles"], ["auditor"]);
  await elsewhere.remove("second");
  t.is((await call(t, own, "GET /api/me", { token })).status, 401);
});

test("the chain not being there is 503 with Retry-After, and what is local goes on", async (t) => {
  const credit = await call(t, hospital, "GET /api/credit/accounts/:account", { params: { account: `0x${"12".repeat(20)}` } });
  t.is(credit.status, 503);
  t.is(credit.json["code"], "LEDGER_UNREACHABLE");
  t.truthy(credit.headers.get("retry-after"));
  t.is((await call(t, hospital, "POST /api/requests", { body: { study: `0x${"01".repeat(32)}`, purpose: "TREAT" } })).status, 503);
  t.is((await call(t, hospital, "GET /api/studies")).status, 200);
  const status = await call(t, hospital, "GET /api/status");
  t.is(status.json["ready"], false);
});

test("the page at / needs nothing from elsewhere and runs nothing", async (t) => {
  const page = await fetch(`${hospital.url}/`);
  t.is(page.status, 200);
  t.regex(page.headers.get("content-security-policy") ?? "", /default-src 'none'/u);
  const text = await page.text();
  t.regex(text, /Hospital 1/u);
  t.regex(text, /\/dicom-web/u);
  t.notRegex(text, /<script|https?:\/\//u);
});
