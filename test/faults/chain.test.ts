import { randomBytes } from "node:crypto";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { privateKeyToAccount } from "viem/accounts";
import { httpRpc } from "../../scripts/deploy/http.ts";
import { eventually } from "../../scripts/journey/expect.ts";
import { wholeHistory } from "../../scripts/journey/history.ts";
import { inventStudy, type Sent, stow, type StudyRow, wado } from "./support/study.ts";
import { foundTown, type Seat, seatAt, type Town } from "./support/town.ts";

/** The chain's node dies, stands still, or comes back as another chain, under two running hospitals. */
let town: Town;
let a: Seat;
let b: Seat;
const kept: Sent[] = [];
test.before(async () => {
  town = await foundTown({ hospitals: 2, staleAfterSeconds: 6 });
  [a, b] = [seatAt(town, 0), seatAt(town, 1)];
  await Promise.all([a.agent.start(), b.agent.start()]);
});
test.after.always(() => town.close());

const chainProgram = (port: string, ...more: readonly string[]): string[] => ["network/embedded/main.ts", "--dir", town.chainDir, "--port", port, "--watch-stdin", ...more];
const port = (): string => new URL(town.chain.ready().url).port;
const ready = async (seat: Seat): Promise<{ status: number; text: string }> => {
  const response = await fetch(`${seat.agent.ready().ops}/readyz`);
  return { status: response.status, text: await response.text() };
};
const isReady = (seat: Seat) => eventually(`${seat.name} ready`, 30, async () => ((await ready(seat)).status === 200 ? true : null));
const isNotReady = (seat: Seat, why: RegExp) => eventually(`${seat.name} not ready: ${why}`, 30, async () => {
  const { status, text } = await ready(seat);
  if (status !== 503 || !why.test(text)) throw new Error(`${status} ${text}`);
  return text;
});
const registered = (uid: string) => eventually("registration", 40, async () => {
  const row = await a.as("clinician").get<StudyRow>(`/api/studies/${uid}`);
  return row.state === "registered" ? row : null;
});
async function send(t: ExecutionContext): Promise<Sent> {
  const sent = inventStudy();
  t.is((await stow(a.as("clinician"), sent.files)).status, 200);
  kept.push(sent);
  return sent;
}

test.serial("the node killed in mid-journey: uploads go on, everything is written once when it is back", async (t) => {
  await Promise.all([isReady(a), isReady(b)]);
  const before = await send(t);
  await town.chain.child().kill();
  const meanwhile = await send(t);
  const refused = await b.as("clinician").problem("POST", "/api/requests", { study: `0x${"11".repeat(32)}`, purpose: "TREAT" });
  t.is(refused.status, 503, refused.code);
  t.regex(refused.code, /^LEDGER_/u);
  await isNotReady(a, /ledger/u);
  await town.chain.start();
  const rows = [await registered(before.uid), await registered(meanwhile.uid)];
  await Promise.all([isReady(a), isReady(b)]);

  const [{ study } = { study: "" }] = rows;
  const now = Math.floor(Date.now() / 1000);
  const { proposal } = await a.as("clinician").post<{ proposal: string }>("/api/attestations", { study, grantee: 2, purposes: ["TREAT"], notBefore: now - 60, expiry: now + 86_400 });
  await a.as("second").post(`/api/attestations/${proposal}/approve`);
  await eventually("the consent at the requester", 20, async () => (await b.as("clinician").get<{ studies: StudyRow[] }>("/api/studies?scope=offered")).studies.find((one) => one.study === study));
  const request = `0x${randomBytes(32).toString("hex")}`;
  const asked = b.as("clinician").post("/api/requests", { study, purpose: "TREAT", request }).catch(() => null);
  await town.chain.child().kill();
  await asked;
  await town.chain.start();
  await eventually("the study at the requester", 60, async () => {
    const row = await b.as("clinician").post<{ state: string; localState: string }>("/api/requests", { study, purpose: "TREAT", request });
    return row.state === "acknowledged" && row.localState === "held" ? row : null;
  });
  t.deepEqual(await wado(b.as("clinician"), before.uid), before.digests);
  const kinds = (await wholeHistory(a.as("auditor"), `study=${study}`)).map((event) => event.kind).sort();
  t.deepEqual(kinds, ["AccessAcknowledged", "AccessRequested", "ConsentGranted", "KeyDelivered", "StudyRegistered"]);
});

test.serial("a head that does not move: nothing is decided on it, local images are served", async (t) => {
  await town.chain.child().kill();
  await town.chain.start(chainProgram(port(), "--heartbeat-ms", "86400000"));
  await isNotReady(b, /LEDGER_STALE|seconds? old|old/u);
  const refused = await b.as("clinician").problem("POST", "/api/requests", { study: `0x${"22".repeat(32)}`, purpose: "TREAT" });
  t.is(refused.status, 503);
  t.is(refused.code, "LEDGER_STALE");
  const [first] = kept;
  t.deepEqual(await wado(a.as("clinician"), first?.uid ?? ""), first?.digests);
  await town.chain.child().kill();
  await town.chain.start();
  await Promise.all([isReady(a), isReady(b)]);
});

for (const [name, ...flags] of [["another genesis", "--genesis-time", "1700000000"], ["another chain id", "--chain-id", "4711"]] as const) {
  test.serial(`a node of ${name}: named, nothing is written there, data stays, and the right node is taken up again`, async (t) => {
    await town.chain.child().kill();
    const aside = join(town.dir, "chain-aside");
    await rename(town.chainDir, aside);
    const address = port();
    const foreign = await town.chain.start(chainProgram(address, ...flags));
    await isNotReady(a, /answers for chain/u);
    const during = await send(t);
    const refused = await b.as("clinician").problem("POST", "/api/requests", { study: `0x${"33".repeat(32)}`, purpose: "TREAT" });
    t.is(refused.status, 503, refused.code);
    t.regex(refused.code, /^LEDGER_/u);
    for (const sent of kept) t.deepEqual(await wado(a.as("clinician"), sent.uid), sent.digests);
    const restarted = await b.agent.child().stop();
    t.true(restarted, "an agent of a foreign chain ends cleanly");
    await b.agent.start();
    await isNotReady(b, /answers for chain/u);
    for (const { keyring } of [a, b]) t.is(await httpRpc(foreign.url).request({ method: "eth_getTransactionCount", params: [privateKeyToAccount(keyring.operatorKey).address, "latest"] }), "0x0", "nothing was written there");
    await town.chain.child().kill();
    await rename(town.chainDir, join(town.dir, `chain-foreign-${flags[1]}`));
    await rename(aside, town.chainDir);
    await town.chain.start(chainProgram(address, "--heartbeat-ms", "1000"));
    await Promise.all([isReady(a), isReady(b)]);
    await registered(during.uid);
    await eventually("every registration in the history, once", 20, async () => ((await wholeHistory(a.as("auditor"), "kinds=StudyRegistered")).length === kept.length ? true : null));
  });
}
