import { createServer } from "node:http";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { encodeFunctionData, parseAbi } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { admissionWaits } from "../../../../node-agent/src/cli/network/admission-words.ts";
import { createApplicationAnswerer } from "../../../../node-agent/src/flows/answer-application.ts";
import { memberId } from "../../../../node-agent/src/model/ids.ts";
import { createSigner } from "../../../../node-agent/src/ledger/sign.ts";
import { loadArtifacts } from "../../../../scripts/deploy/artifacts.ts";
import { reportCoverage } from "../../../contracts/support/chain.ts";
import { openGovernedTown, periods, type GovernedTown } from "../../http/support/governed.ts";
import { passwordOf } from "../../http/support/accounts.ts";
import { fiducial, type Ran } from "../run-program.ts";

reportCoverage(test);

/** The members decide through their agents by the command line; the governors' keys are in files of their own. */
let town: GovernedTown;
let folder: string;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "fiducial-council-"));
  town = await openGovernedTown(folder);
  for (const name of ["clinician", "auditor", "admin"]) await writeFile(join(folder, name), passwordOf(name));
  for (const [at, key] of town.governors.entries()) await writeFile(key_(at), `${key}\n`);
  for (const [at, key] of town.guardians.entries()) await writeFile(join(folder, `guardian-${at}.key`), key);
  await writeFile(join(folder, "stranger.key"), generatePrivateKey());
  await town.pass(5);
});
test.after.always(async () => {
  await town.close();
  await rm(folder, { recursive: true, force: true });
});

const key_ = (at: number): string => join(folder, `governor-${at}.key`);
const door = (at: number): { readonly url: string } => (at === 3 ? town.observer : (town.hospitals[at] ?? town.observer));
const as = (at: number, who: string, args: readonly string[], json = true): Promise<Ran> => fiducial([...(json ? ["--json"] : []), ...args], { url: door(at).url, user: who, passwordFile: join(folder, who) });
async function well(t: ExecutionContext, ran: Promise<Ran>): Promise<Ran> {
  const done = await ran;
  t.is(done.status, 0, done.err);
  return done;
}
type Row = { readonly number: number; readonly id: string; readonly text: string; readonly does: string[]; readonly needs: string; readonly next: string; readonly standing: { readonly state: string; readonly twoThirds: boolean }; readonly voters: { readonly member: number; readonly choice: string }[]; readonly missing: number[]; readonly storage: { readonly source: string; readonly note: string; readonly changes: string[] | null }[] };
const codeOf = (ran: Ran): string => (JSON.parse(ran.err) as { readonly error: { readonly code: string } }).error.code;
const said = (ran: Ran): string => (JSON.parse(ran.err) as { readonly error: { readonly message: string } }).error.message;

async function propose(t: ExecutionContext, args: readonly string[], at = 0): Promise<Row> {
  return (await well(t, as(at, "admin", ["member", "propose", ...args, "--why", "for the test", "--key-file", key_(at)]))).json<Row>();
}
async function carry(t: ExecutionContext, { number }: Row, voters: readonly number[]): Promise<void> {
  await town.pass(periods.votingDelay + 1);
  for (const at of voters) await well(t, as(at, "admin", ["member", "vote", `p${number}`, "--for", "--key-file", key_(at)]));
  await town.pass(periods.votingPeriod + 1);
}

test.serial("from proposal to effect: told in words, voted by three, queued and executed by agents without any power", async (t) => {
  const made = await propose(t, ["deadlines", "--emergency", "600"]);
  t.deepEqual(made.does, ["Set the time a custodian has to deliver: emergencyDelivery 10 minutes (now 15 minutes)"]);
  t.like(made, { text: "for the test", needs: "more than half of all votes; counted once the vote opens", missing: [1, 2, 3] });
  t.regex(made.next, /^the vote opens in \d+ s$/u);

  const early = await as(0, "admin", ["member", "vote", `p${made.number}`, "--for", "--key-file", key_(0)]);
  t.is(codeOf(early), "PROPOSAL_STATE");
  t.regex(said(early), /is pending, it must be active for this: the vote opens in \d+ s/u);

  await town.pass(periods.votingDelay + 1);
  await well(t, as(0, "admin", ["member", "vote", `p${made.number}`, "--for", "--key-file", key_(0)]));
  t.is(codeOf(await as(1, "admin", ["member", "vote", `p${made.number}`, "--against", "--key-file", key_(0)])), "VOTE_CAST", "once, at whatever agent");
  t.is(codeOf(await as(0, "admin", ["member", "vote", `p${made.number}`, "--for", "--key-file", key_(3)])), "VOTE_MISSING", "an observer's governor");
  t.is(codeOf(await as(0, "admin", ["member", "queue", made.id])), "PROPOSAL_STATE");
  // B's ballot is signed on one computer and handed in at C's agent.
  await well(t, as(1, "auditor", ["member", "vote", String(made.number), "--for", "--key-file", key_(1), "--out", join(folder, "ballot.json")]));
  await well(t, as(2, "admin", ["member", "submit", join(folder, "ballot.json")]));

  await town.pass(1);
  const seen = (await well(t, as(3, "auditor", ["member", "show", `p${made.number}`]))).json<Row>();
  t.deepEqual(seen.voters.map(({ member, choice }) => [member, choice]), [[1, "for"], [2, "for"]]);
  t.deepEqual([seen.missing, seen.needs], [[3], "more than half of all votes: 2 in favour, 2 so far"]);
  const shown = (await well(t, as(3, "auditor", ["member", "show", `p${made.number}`], false))).out;
  for (const part of ["It will:", "emergencyDelivery 10 minutes", "Because:", "for     member 1", "Not yet: member 3"]) t.true(shown.includes(part), part);

  await town.pass(periods.votingPeriod + 1);
  await well(t, as(2, "admin", ["member", "queue", `p${made.number}`]));
  const hasty = await as(2, "admin", ["member", "execute", `p${made.number}`]);
  t.regex(said(hasty), /queued, and its delay has not passed, it must be queued for this: it may be executed in \d+ s/u);
  await town.pass(periods.timelockDelay + 1);
  await well(t, as(1, "admin", ["member", "execute", `p${made.number}`, "--wait"]));
  await town.pass(1);
  t.is((await well(t, as(0, "auditor", ["member", "show", `p${made.number}`]))).json<Row>().next, "in effect");
  t.is(codeOf(await as(1, "admin", ["member", "execute", `p${made.number}`])), "PROPOSAL_STATE", "not twice");
  const listed = (await well(t, as(0, "admin", ["member", "list", "--proposals"], false))).out;
  t.regex(listed, /^p1 +executed +2 +2 +Set the time/mu);
});

test.serial("an applicant is told how its own admission stands, from proposal to effect, and what others are asked to do", async (t) => {
  const spki = `0x${"ab".repeat(32)}`;
  const [first] = town.hospitals;
  if (first === undefined) throw new Error("a hospital is missing");
  const answer = createApplicationAnswerer(first.context);
  const application = { governor: "0x52", admission: {} } as unknown as Parameters<typeof admissionWaits>[2];
  const words = async () => {
    const state = admissionWaits(await answer(spki), memberId(1), application, "/etc/fiducial/application.json");
    return state.done ? "done" : `${state.detail} -> ${state.next ?? ""}`;
  };
  t.regex(await words(), /^no member has proposed the admission yet, says member 1 -> Give \/etc\/fiducial\/application\.json to a member/u);
  await writeFile(join(folder, "applicant.json"), JSON.stringify({ kind: "hospital", displayName: "Applicant", endpoint: "https://applicant.example", operator: privateKeyToAccount(generatePrivateKey()).address, openpgpSha256: `0x${"cd".repeat(32)}`, spkiSha256: spki }));
  const made = await propose(t, ["admit", "--admission", join(folder, "applicant.json"), "--governor", privateKeyToAccount(generatePrivateKey()).address]);
  const p = `proposal p${made.number}`;
  await town.pass(1);
  t.regex(await words(), new RegExp(`^${p} asks for the admission; the vote opens in \\d+ s -> $`, "u"));
  t.is((await answer(`0x${"ef".repeat(32)}`)).proposal, null, "of somebody else's nothing is told");
  await town.pass(periods.votingDelay + 1);
  await well(t, as(0, "admin", ["member", "vote", `p${made.number}`, "--for", "--key-file", key_(0)]));
  await town.pass(1);
  t.regex(await words(), new RegExp(`^${p}: 1 of 2 votes that carry it in favour; not yet voted: members 2, 3; the vote is open for another 16 minutes -> They vote, each with its own governor's key:\n {2}fiducial member vote p${made.number} --for`, "u"));
  await well(t, as(1, "admin", ["member", "vote", `p${made.number}`, "--for", "--key-file", key_(1)]));
  await town.pass(periods.votingPeriod + 1);
  t.regex(await words(), new RegExp(`^${p} is carried and has to be queued -> Any member may do it:\n {2}fiducial member queue p${made.number}$`, "u"));
  await well(t, as(0, "admin", ["member", "queue", `p${made.number}`]));
  await town.pass(1);
  t.regex(await words(), new RegExp(`^${p} is carried; it may be executed in \\d+ (?:s|minutes) -> Any member may do it then:\n {2}fiducial member execute p${made.number} --wait$`, "u"));
  // Not executed: the tests that follow count on three hospitals.
  for (const at of [0, 1]) await well(t, as(0, "admin", ["member", "cancel", `p${made.number}`, "--key-file", join(folder, `guardian-${at}.key`)]));
  await town.pass(1);
  t.regex(await words(), new RegExp(`^${p} was canceled -> A member may propose it again, with another reason:\n {2}fiducial member propose admit`, "u"));
  const refused = await t.throwsAsync(async () => {
    for (let asked = 0; asked < 20; asked++) await answer(spki);
  });
  t.like(refused, { code: "PEER_PROBED_LATELY" });
});

test.serial("who may not, is told so; nothing is written", async (t) => {
  const before = (await well(t, as(0, "admin", ["member", "list", "--proposals"]))).json<{ proposals: Row[] }>().proposals.length;
  const args = ["member", "propose", "suspend", "2", "--why", "no", "--key-file"];
  const stranger = await as(0, "admin", [...args, join(folder, "stranger.key")]);
  t.is(codeOf(stranger), "LEDGER_REVERTED");
  t.regex(said(stranger), /GovernorInsufficientProposerVotes/u);
  t.regex(said(await as(0, "admin", [...args, key_(3)])), /GovernorInsufficientProposerVotes/u, "an observer has no vote");
  t.is((await as(0, "clinician", [...args, key_(0)])).status, 4, "a clinician is not asked");
  t.is((await as(0, "auditor", [...args, key_(0)])).status, 4, "an auditor reads, and relays nothing");
  t.is((await as(3, "admin", [...args, key_(0)])).status, 5, "the regulator's agent has no such route");
  const dry = (await well(t, as(3, "auditor", [...args, key_(0), "--dry-run"]))).json<{ does: string[] }>();
  t.deepEqual(dry.does, ['Suspend member 2, "Hospital 2": it may write nothing and its vote rests']);
  const open = (await well(t, as(0, "clinician", ["member", "list"]))).json<Record<string, unknown>>();
  t.deepEqual(Object.keys(open), ["members"]);
  t.is(codeOf(await as(0, "admin", ["member", "show", "p999"])), "PROPOSAL_UNKNOWN");
  t.is((await well(t, as(0, "admin", ["member", "list", "--proposals"]))).json<{ proposals: Row[] }>().proposals.length, before);
});

test.serial("an expulsion needs two thirds, and fails without", async (t) => {
  const made = await propose(t, ["expel", "3"], 1);
  t.true(made.standing.twoThirds);
  await carry(t, made, [0]);
  const lost = (await well(t, as(0, "auditor", ["member", "show", `p${made.number}`]))).json<Row>();
  t.is(lost.next, "did not carry; nothing happens");
  t.is(codeOf(await as(0, "admin", ["member", "queue", `p${made.number}`, "--wait"])), "PROPOSAL_STATE", "waiting gives up");
});

test.serial("its proposer cancels before the vote, nobody else", async (t) => {
  const first = await propose(t, ["suspend", "3"]);
  t.is(codeOf(await as(0, "admin", ["member", "cancel", `p${first.number}`, "--key-file", key_(1)])), "LEDGER_REVERTED");
  await well(t, as(0, "admin", ["member", "cancel", `p${first.number}`, "--key-file", key_(0)]));
  const again = await as(0, "admin", ["member", "propose", "suspend", "3", "--why", "for the test", "--key-file", key_(0)]);
  t.is(codeOf(again), "PROPOSAL_EXISTS");
  t.regex(said(again), new RegExp(`proposal ${first.number}, canceled`, "u"));
});

test.serial("every kind of proposal is made of what it says", async (t) => {
  await writeFile(join(folder, "admission.json"), JSON.stringify({ admission: { kind: "hospital", displayName: 'St. "Anna"\u202e', endpoint: "https://anna.example", operator: privateKeyToAccount(generatePrivateKey()).address, openpgpSha256: `0x${"11".repeat(32)}`, spkiSha256: `0x${"22".repeat(32)}` } }));
  const someone = privateKeyToAccount(generatePrivateKey()).address.toLowerCase();
  const dry = async (...args: string[]) => (await well(t, as(0, "admin", ["member", "propose", ...args, "--why", "x", "--key-file", key_(0), "--dry-run"]))).json<{ does: string[]; twoThirds: boolean }>();
  const cases: [string[], RegExp, boolean][] = [
    [["admit", "--admission", join(folder, "admission.json"), "--governor", someone], /^Admit "St\. 'Anna'" as a hospital, with a vote: governor 0x\w{40}, 1 operator key, endpoint "https:\/\/anna\.example"$/u, false],
    [["reinstate", "2"], /^Reinstate member 2, "Hospital 2"$/u, false],
    [["replace-governor", "2", someone], /^Give member 2, "Hospital 2" another governor: 0x\w{40}\. The vote moves with it$/u, true],
    [["terms", "--attested", "86400"], /attestedTerm 1 day \(now 180 days\)$/u, false],
    [["credit", "--set", "epochCap=60", "--set", "missedPenalty=40"], /epochCap 60 \(now 50\), missedPenalty 40 \(now 50\)$/u, false],
    [["rules", "--voting-period", "3600"], /votingPeriod 1 hour \(now 1000 s\)$/u, false],
    [["rules", "--timelock-delay", "7200"], /^Set the time between vote and effect: newDelay 2 hours \(now 500 s\)$/u, true],
    [["resume", "accessLedger"], /^Release the brake of AccessLedger: writes go on$/u, false],
    [["guardian", "--add", someone], /^Seat the guardians anew: 2 of these 4 must agree: /u, true],
    [["reviewer", "--remove", someone], /^Take the role REVIEWER from 0x\w{40}$/u, true],
  ];
  for (const [args, words, grave] of cases) {
    const said = await dry(...args);
    t.regex(said.does.join("; "), words, args.join(" "));
    t.is(said.twoThirds, grave, args.join(" "));
  }
  const data = encodeFunctionData({ abi: parseAbi(["function launch(uint256)"]), functionName: "launch", args: [1n] });
  await writeFile(join(folder, "calls.json"), JSON.stringify([{ target: someone, data }, { target: town.deployment.accessLedger, data }]));
  const strange = await dry("calls", join(folder, "calls.json"));
  t.regex(strange.does[0] ?? "", /which is no contract of the consortium with 32 bytes that this version cannot read$/u);
  t.regex(strange.does[1] ?? "", /^Call function 0x\w{8} of AccessLedger with 32 bytes that this version cannot read$/u);
  for (const args of [["terms"], ["credit", "--set", "nonsense=1"], ["rules"], ["guardian"], ["resume", "council"]]) t.is((await as(0, "admin", ["member", "propose", ...args, "--why", "x", "--key-file", key_(0)])).status, 2, args.join(" "));
});

test.serial("an upgrade tells what happens to the storage, and by whose word", async (t) => {
  const { StudyRegistry } = await loadArtifacts();
  const layoutFile = "contracts/layouts/StudyRegistry.json";
  const layout = JSON.parse(await readFile(layoutFile, "utf8")) as { namespaces: Record<string, string[]> };
  const same = await town.chain.create(town.chain.account(0), `${StudyRegistry.bytecode}${"0".repeat(24)}${town.deployment.memberRegistry.slice(2)}`);
  const known = await propose(t, ["upgrade", "studyRegistry", same, "--layout", layoutFile]);
  t.like(known, { text: "for the test", storage: [{ source: "known", changes: ["keeps the storage as it is"] }] });
  await writeFile(join(folder, "StudyRegistry.json"), JSON.stringify({ ...layout, namespaces: { ...layout.namespaces, "erc7201:more": ["slot 0 byte 0: n: t_uint64"] } }));
  const other = await town.chain.create(town.chain.account(0), "0x6001600c60003960016000f300");
  const claimed = await propose(t, ["upgrade", "studyRegistry", other, "--layout", join(folder, "StudyRegistry.json")]);
  t.like(claimed.storage[0], { source: "claimed", changes: ["adds slot 0 byte 0: n: t_uint64 in the new storage erc7201:more"] });
  const unknown = await propose(t, ["upgrade", "studyRegistry", other]);
  t.like(unknown.storage[0], { source: "unknown", changes: null });
  t.regex(unknown.storage[0]?.note ?? "", /^NOT IN THIS SOURCE: this copy of the source does not contain that code/u);
  // This source's own code, but working with a registry of somebody else's; and another contract's code.
  const evil = await town.chain.create(town.chain.account(0), `${StudyRegistry.bytecode}${"0".repeat(24)}${town.deployment.studyRegistry.slice(2)}`);
  const built = await propose(t, ["upgrade", "studyRegistry", evil, "--layout", layoutFile]);
  t.is(built.storage[0]?.source, "claimed");
  t.regex(built.storage[0]?.note ?? "", /built for other values/u);
  t.regex((await propose(t, ["upgrade", "memberRegistry", same])).storage[0]?.note ?? "", /that is the code of StudyRegistry, not of MemberRegistry/u);
  // Carried by another call it is told all the same.
  const { ConsortiumAuthority } = await loadArtifacts();
  const inner = encodeFunctionData({ abi: StudyRegistry.abi, functionName: "upgradeToAndCall", args: [other, "0x"] });
  await writeFile(join(folder, "carried.json"), JSON.stringify([{ target: town.deployment.consortiumAuthority, data: encodeFunctionData({ abi: ConsortiumAuthority.abi, functionName: "execute", args: [town.deployment.studyRegistry, inner] }) }]));
  const carried = await propose(t, ["calls", join(folder, "carried.json")]);
  t.regex(carried.does[0] ?? "", new RegExp(`^Through ConsortiumAuthority \\(execute\\): Upgrade StudyRegistry to the code at ${other}`, "iu"));
  t.is(carried.storage[0]?.source, "unknown");

  await town.pass(periods.votingDelay + 1);
  const vote = (number: number, ...more: string[]) => as(0, "admin", ["member", "vote", `p${number}`, ...more, "--key-file", key_(0)]);
  await well(t, vote(known.number, "--for"));
  for (const { number } of [claimed, unknown, built, carried]) t.is(codeOf(await vote(number, "--for")), "VOTE_UNKNOWN_CODE");
  await well(t, vote(claimed.number, "--against"));
  const meant = await well(t, as(0, "admin", ["member", "vote", `p${unknown.number}`, "--for", "--unknown-code", "--key-file", key_(0)], false));
  t.regex(meant.err, /StudyRegistry would run the code at 0x\w{40}\. NOT IN THIS SOURCE: /u);
});

test.serial("an agent relays to the Council and to nothing else", async (t) => {
  const { chainId } = town.config;
  const council = town.deployment.council;
  const { Council, MemberRegistry } = await loadArtifacts();
  const [governor = "0x"] = town.governors;
  const account = privateKeyToAccount(governor as `0x${string}`);
  const nonce = Number(await town.chain.rpc.request({ method: "eth_getTransactionCount", params: [account.address, "latest"] }));
  const vote = encodeFunctionData({ abi: Council.abi, functionName: "castVote", args: [1n, 1] });
  const sign = (change: object) => account.signTransaction({ type: "legacy", chainId, nonce, gas: 500_000n, gasPrice: 0n, to: council, data: vote, ...change } as Parameters<typeof account.signTransaction>[0]);
  const refused: [string, RegExp][] = [
    [await sign({ to: town.deployment.memberRegistry, data: encodeFunctionData({ abi: MemberRegistry.abi, functionName: "addOperator", args: [1, account.address] }) }), /something else/u],
    [await sign({ to: town.deployment.memberRegistry }), /not go to the Council/u],
    [await sign({ to: null }), /not go to the Council/u],
    [await sign({ data: encodeFunctionData({ abi: Council.abi, functionName: "relay", args: [council, 0n, "0x"] }) }), /something else/u],
    [await sign({ chainId: chainId + 1 }), /it is for chain/u],
    [await sign({ chainId: undefined }), /names none/u],
    [await sign({ value: 1n }), /carries a value/u],
    [await sign({ type: "eip1559", gasPrice: undefined, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }), /another kind/u],
    ["0xdeadbeef", /no signed transaction/u],
    ["0x00", /another kind/u],
    ["0xf8", /no signed transaction/u],
  ];
  for (const [raw, why] of refused) {
    await writeFile(join(folder, "raw.json"), JSON.stringify({ kind: "council transaction", raw }));
    const ran = await as(0, "admin", ["member", "submit", join(folder, "raw.json")]);
    t.is(codeOf(ran), "PROPOSAL_TRANSACTION_REFUSED", String(why));
    t.regex(said(ran), why);
  }
  t.is(Number(await town.chain.rpc.request({ method: "eth_getTransactionCount", params: [account.address, "latest"] })), nonce, "nothing was sent");
});

test.serial("a governor's key signs only what was shown", async (t) => {
  const made = await propose(t, ["suspend", "2"]);
  await town.pass(periods.votingDelay + 1);
  /** An agent that shows one thing and asks to sign another. */
  const lying = async (change: (path: string, body: string) => string) => {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { authorization = "" } = request.headers;
      const upstream = await fetch(`${door(0).url}${request.url ?? ""}`, { method: request.method ?? "GET", headers: { authorization, ...(chunks.length > 0 ? { "content-type": "application/json" } : {}) }, ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}) });
      response.writeHead(upstream.status, { "content-type": upstream.headers.get("content-type") ?? "" }).end(change(request.url ?? "", await upstream.text()));
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    t.teardown(() => server.closeAllConnections());
    t.teardown(() => server.close());
    return (args: string[]) => fiducial(["--json", ...args], { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, user: "admin", passwordFile: join(folder, "admin") });
  };
  const vote = ["member", "vote", `p${made.number}`, "--for", "--key-file", key_(1)];
  const otherCalls = await lying((path, body) => (path.startsWith("/api/proposals/") && !path.endsWith("ballot") ? body.replace(/"data":"0x/u, '"data":"0x00') : body));
  t.regex(said(await otherCalls(vote)), /the proposal shown is not the one of that id/u);
  const otherBallot = await lying((path, body) => (path.endsWith("ballot") ? body.replace('"support":1', '"support":0') : body));
  t.regex(said(await otherBallot(vote)), /the ballot is not the one that was asked for/u);
  const otherTransaction = await lying((path, body) => (path.endsWith("prepare") ? body.replace(/"transaction":\{(.*)"data":"0x7d5e81e2/u, '"transaction":{$1"data":"0x00000000') : body));
  t.regex(said(await otherTransaction(["member", "propose", "expel", "2", "--why", "x", "--key-file", key_(1)])), /other calldata/u);
  const { address } = createSigner(Buffer.from((town.governors[1] ?? "0x").slice(2), "hex"), town.config.chainId);
  t.false((await well(t, as(0, "auditor", ["member", "show", `p${made.number}`]))).out.includes(`"voter": "${address}"`), "no vote came of it");
});
