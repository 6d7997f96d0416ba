import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { reportCoverage } from "../../../contracts/support/chain.ts";
import { openGovernedTown, periods, type GovernedTown } from "../../http/support/governed.ts";
import { passwordOf } from "../../http/support/accounts.ts";
import { fiducial, type Ran } from "../run-program.ts";

reportCoverage(test);

/** Two of three guardians, their keys in files of their own, act through the hospitals' agents by the command line. */
let town: GovernedTown;
let folder: string;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "fiducial-guardians-"));
  town = await openGovernedTown(folder);
  for (const name of ["clinician", "auditor", "admin"]) await writeFile(join(folder, name), passwordOf(name));
  for (const [at, key] of town.governors.entries()) await writeFile(join(folder, `governor-${at}.key`), key);
  for (const [at, key] of town.guardians.entries()) await writeFile(join(folder, `guardian-${at}.key`), key);
  await writeFile(join(folder, "stranger.key"), generatePrivateKey());
  await town.pass(5);
});
test.after.always(async () => {
  await town.close();
  await rm(folder, { recursive: true, force: true });
});

const file = (name: string): string => join(folder, name);
const as = (at: number, who: string, args: readonly string[], json = true): Promise<Ran> =>
  fiducial([...(json ? ["--json"] : []), "member", ...args], { url: (at === 3 ? town.observer : (town.hospitals[at] ?? town.observer)).url, user: who, passwordFile: file(who) });
async function well(t: ExecutionContext, ran: Promise<Ran>): Promise<Ran> {
  const done = await ran;
  t.is(done.status, 0, done.err);
  return done;
}
const wrong = (ran: Ran): { readonly code: string; readonly message: string } => (JSON.parse(ran.err) as { readonly error: { readonly code: string; readonly message: string } }).error;
type Row = { readonly number: number; readonly standing: { readonly state: string }; readonly voters: { readonly member: number; readonly reason: string }[] };
type Done = { readonly approvals: { readonly guardian: string }[]; readonly needed: number; readonly done: object | null };
type Acts = { readonly threshold: number; readonly guardians: { readonly guardian: string }[]; readonly acts: { readonly contract: string | null; readonly proposal: number | null; readonly state: string; readonly approvals: unknown[]; readonly stays: string }[] };
const propose = async (t: ExecutionContext, ...args: readonly string[]): Promise<Row> => (await well(t, as(0, "admin", ["propose", ...args, "--why", `for the test ${args.join(" ")} ${Math.random()}`, "--key-file", file("governor-0.key")]))).json<Row>();
const acts = async (t: ExecutionContext, at = 3): Promise<Acts> => (await well(t, as(at, "auditor", ["guardians"]))).json<Acts>();
const addressOf = (at: number): string => privateKeyToAccount(town.guardians[at] ?? "0x").address.toLowerCase();

test.serial("one guardian alone cancels nothing, two do, whichever agent relays", async (t) => {
  const { number } = await propose(t, "suspend", "3");
  const one = (await well(t, as(0, "admin", ["cancel", `p${number}`, "--key-file", file("guardian-0.key")]))).json<Done>();
  t.like(one, { needed: 2, done: null, approvals: [{ guardian: addressOf(0) }] });
  t.is((await well(t, as(3, "auditor", ["show", `p${number}`]))).json<Row>().standing.state, "pending");
  t.like((await acts(t)).acts.find(({ proposal }) => proposal === number), { state: "open", approvals: [{ guardian: addressOf(0) }] });
  const shown = (await well(t, as(3, "auditor", ["guardians"], false))).out;
  t.regex(shown, new RegExp(`cancel p${number} +may be stopped +1 of 2: ${addressOf(0)} until `, "u"));
  // The same guardian again is still one; taken back, none.
  t.is((await well(t, as(1, "admin", ["cancel", `p${number}`, "--key-file", file("guardian-0.key")]))).json<Done>().approvals.length, 1);
  t.is((await well(t, as(1, "admin", ["cancel", `p${number}`, "--key-file", file("guardian-0.key"), "--withdraw"]))).json<Done>().approvals.length, 0);
  t.is((await well(t, as(1, "admin", ["cancel", `p${number}`, "--key-file", file("guardian-1.key")]))).json<Done>().done, null);
  // Signed away from every agent, and handed in elsewhere.
  await well(t, as(3, "auditor", ["cancel", `p${number}`, "--key-file", file("guardian-2.key"), "--out", file("approval.json")]));
  t.not((await well(t, as(2, "admin", ["submit", file("approval.json")]))).json<Done>().done, null);
  await town.pass(1);
  t.is((await well(t, as(3, "auditor", ["show", `p${number}`]))).json<Row>().standing.state, "canceled");
  t.like(wrong(await as(0, "admin", ["cancel", `p${number}`, "--key-file", file("guardian-0.key")])), { code: "STOP_REFUSED" });
  t.is(wrong(await as(2, "admin", ["submit", file("approval.json")])).code, "STOP_REFUSED", "an approval is worth nothing twice");
});

test.serial("a pause takes two, says what it stops and what goes on, and only a vote releases it", async (t) => {
  const pause = (guardian: string, ...more: readonly string[]) => as(0, "admin", ["pause", "consentRegistry", "--key-file", file(guardian), ...more]);
  const one = await well(t, as(0, "admin", ["pause", "consentRegistry", "--key-file", file("guardian-0.key")], false));
  t.regex(one.err, /new consents, signed or on paper stop\n.*Goes on meanwhile: every revocation/u);
  t.regex(one.out, /approved by 1 of 2.*Nothing is stopped yet/u);
  t.not((await well(t, pause("guardian-1.key"))).json<Done>().done, null);
  t.like((await acts(t)).acts.find(({ contract }) => contract === "consentRegistry"), { state: "done", approvals: [] });
  t.like((await acts(t)).acts.find(({ contract }) => contract === "studyRegistry"), { state: "open" });
  t.regex((await well(t, as(3, "auditor", ["guardians"], false))).out, /consentRegistry is braked\. Goes on: every revocation.*Only a vote releases it: fiducial member propose resume consentRegistry/u);
  t.regex(wrong(await pause("guardian-2.key")).message, /its writes are stopped already/u);
  const { number } = await propose(t, "resume", "consentRegistry");
  await town.pass(periods.votingDelay + 1);
  for (const at of [0, 1]) await well(t, as(at, "admin", ["vote", `p${number}`, "--for", "--key-file", file(`governor-${at}.key`)]));
  await town.pass(periods.votingPeriod + 1);
  await well(t, as(0, "admin", ["queue", `p${number}`]));
  await town.pass(periods.timelockDelay + 1);
  await well(t, as(0, "admin", ["execute", `p${number}`]));
  await town.pass(1);
  t.like((await acts(t)).acts.find(({ contract }) => contract === "consentRegistry"), { state: "open", approvals: [] });
});

test.serial("who is no guardian, and what is not theirs to stop, is refused with a sentence", async (t) => {
  t.is(wrong(await as(0, "admin", ["pause", "studyRegistry", "--key-file", file("stranger.key")])).code, "GUARDIAN_UNKNOWN");
  t.is((await as(0, "admin", ["pause", "council", "--key-file", file("guardian-0.key")])).status, 2);
  t.is((await as(0, "clinician", ["guardians"])).status, 4, "a clinician is not asked");
  t.is((await as(0, "auditor", ["pause", "studyRegistry", "--key-file", file("guardian-0.key")])).status, 4, "an auditor relays nothing");
  t.is((await as(3, "admin", ["pause", "studyRegistry", "--key-file", file("guardian-0.key")])).status, 5, "nor does the regulator's agent");
  t.is((await as(0, "admin", ["pause", "studyRegistry", "--key-file", file("guardian-0.key"), "--hours", "169"])).status, 2);
  const api = async (body: object) => {
    const response = await fetch(`${town.hospitals[0]?.url}/api/guardians/approvals/prepare`, { method: "POST", headers: { "content-type": "application/json", authorization: `Basic ${Buffer.from(`admin:${passwordOf("admin")}`).toString("base64")}` }, body: JSON.stringify(body) });
    return { status: response.status, code: ((await response.json()) as { readonly code?: string }).code };
  };
  const until = (await acts(t)) as Acts & { readonly now: number };
  for (const body of [{}, { pause: "studyRegistry", cancel: "1" }, { pause: "studyRegistry", until: -1 }, { cancel: "0" }, { pause: "x".repeat(41) }]) t.is((await api({ guardian: addressOf(0), until: until.now + 10, ...body })).status, 400, JSON.stringify(body));
  t.is((await api({ guardian: addressOf(0), pause: "timelock", until: until.now + 10 })).code, "STOP_REFUSED");
  for (const at of [1, until.now - 100_000, until.now + 8 * 86_400]) t.is((await api({ guardian: addressOf(0), pause: "studyRegistry", until: at })).code, "STOP_REFUSED", String(at));
  t.is((await api({ guardian: addressOf(0), cancel: "999", until: until.now + 10 })).code, "PROPOSAL_UNKNOWN");
});

test.serial("guardians are seated by vote, and cannot stop that vote", async (t) => {
  const someone = privateKeyToAccount(generatePrivateKey()).address.toLowerCase();
  const dry = async (...args: readonly string[]) => as(0, "admin", ["propose", "guardian", ...args, "--why", "x", "--key-file", file("governor-0.key"), "--dry-run"]);
  const said = (await well(t, dry("--add", someone, "--threshold", "3"))).json<{ does: string[]; twoThirds: boolean }>();
  t.regex(said.does[0] ?? "", new RegExp(`^Seat the guardians anew: 3 of these 4 must agree: .*${someone}\\. Every approval given so far ends$`, "u"));
  t.true(said.twoThirds);
  for (const args of [["--remove", someone], ["--add", addressOf(0)], ["--threshold", "4"], ["--remove", addressOf(0), "--remove", addressOf(1)], []]) t.is((await dry(...args)).status, 2, args.join(" "));
  const { number } = await propose(t, "guardian", "--remove", addressOf(0), "--add", someone);
  t.regex(wrong(await as(0, "admin", ["cancel", `p${number}`, "--key-file", file("guardian-0.key")])).message, /it deals with guardians only, and they cannot stop it/u);
});

test.serial("a vote carries a reason, shown in one line whatever was written", async (t) => {
  const { number } = await propose(t, "deadlines", "--emergency", "700");
  await town.pass(periods.votingDelay + 1);
  const vote = (at: number, why: string) => as(at, "admin", ["vote", `p${number}`, "--against", "--why", why, "--key-file", file(`governor-${at}.key`)]);
  for (const why of ["two\nlines", "esc\u001b[31mape", "turned \u202e round", "x".repeat(501)]) t.is((await vote(0, why)).status, 2, JSON.stringify(why));
  await well(t, vote(0, "Two deliveries of \"May\" are <b>still</b> open; größer als ✓."));
  await well(t, as(1, "auditor", ["vote", `p${number}`, "--for", "--why", "agreed", "--key-file", file("governor-1.key"), "--out", file("reasoned.json")]));
  await well(t, as(2, "admin", ["submit", file("reasoned.json")]));
  // Somebody who asks no agent writes what they please.
  const governor = privateKeyToAccount(town.governors[2] ?? "0x");
  await town.direct(governor, "castVoteWithReason", [BigInt((await well(t, as(3, "auditor", ["show", `p${number}`]))).json<{ id: string }>().id), 2, `\u001b[2J\n\u202eevil${"!".repeat(3000)}`]);
  await town.pass(1);
  const { voters } = (await well(t, as(3, "auditor", ["show", `p${number}`]))).json<Row>();
  const of = (member: number): string => voters.find((one) => one.member === member)?.reason ?? "";
  t.is(of(1), "Two deliveries of \"May\" are <b>still</b> open; größer als ✓.");
  t.is(of(2), "agreed");
  t.regex(of(3), /^\[2J evil!+\.\.\.$/u);
  t.is(of(3).length, 500);
  const shown = (await well(t, as(3, "auditor", ["show", `p${number}`], false))).out;
  t.true(shown.includes("against member 1: Two deliveries of \"May\""));
  for (const steering of ["\u001b", "\u202e"]) t.false(shown.includes(steering));
});
