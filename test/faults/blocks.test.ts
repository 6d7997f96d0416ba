import { randomBytes } from "node:crypto";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { encodeFunctionData, parseAbi } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import test from "ava";
import { recordsIn } from "../../node-agent/src/blocks/segments/record.ts";
import { httpRpc } from "../../scripts/deploy/http.ts";
import { eventually } from "../../scripts/journey/expect.ts";
import { inventStudy, type Sent, stow, type StudyRow, wado } from "./support/study.ts";
import { foundTown, type Seat, seatAt, type Town } from "./support/town.ts";

/** Blocks that rot on the disks of custodian and replica; then a member that the council suspends. */
let town: Town;
let a: Seat;
let b: Seat;
let sent: Sent;
let study = "";
test.before(async () => {
  town = await foundTown({ hospitals: 2 });
  [a, b] = [seatAt(town, 0), seatAt(town, 1)];
  await Promise.all([a.agent.start(), b.agent.start()]);
  await eventually("both ready", 30, async () => ((await Promise.all([a, b].map((seat) => fetch(`${seat.agent.ready().ops}/readyz`)))).every(({ status }) => status === 200) ? true : null));
  // Instances of more than one block each, so that there are interior nodes to damage as well.
  sent = inventStudy(2, 1024);
  await stow(a.as("clinician"), sent.files);
  ({ study } = await eventually("registration", 40, async () => {
    const row = await a.as("clinician").get<StudyRow>(`/api/studies/${sent.uid}`);
    return row.state === "registered" ? row : null;
  }));
});
test.after.always(() => town.close());

/** Flips one bit in the middle of every block of a seat; how many. */
async function rot(seat: Seat): Promise<number> {
  let damaged = 0;
  const dir = join(seat.dataDir, "blocks", "segments");
  for (const name of await readdir(dir)) {
    if (!name.endsWith(".seg")) continue;
    const file = await open(join(dir, name), "r+");
    const { size } = await file.stat();
    for await (const { at, length, live } of recordsIn(file, 0, size)) {
      if (!live) continue;
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, at + (length >> 1));
      byte[0] = (byte[0] ?? 0) ^ 0x10;
      await file.write(byte, 0, 1, at + (length >> 1));
      damaged++;
    }
    await file.close();
  }
  return damaged;
}

test.serial("every block of the replica flipped: a fetch takes the good ones from the custodian", async (t) => {
  await rot(b);
  const now = Math.floor(Date.now() / 1000);
  await eventually("the custodian follows the chain", 20, async () => ((await fetch(`${a.agent.ready().ops}/readyz`)).status === 200 ? true : null));
  const { proposal } = await a.as("clinician").post<{ proposal: string }>("/api/attestations", { study, grantee: 2, purposes: ["TREAT"], notBefore: now - 60, expiry: now + 86_400 });
  await a.as("second").post(`/api/attestations/${proposal}/approve`);
  await eventually("the consent at the requester", 20, async () => (await b.as("clinician").get<{ studies: StudyRow[] }>("/api/studies?scope=offered")).studies.find((one) => one.study === study));
  const request = `0x${randomBytes(32).toString("hex")}`;
  await b.as("clinician").post("/api/requests", { study, purpose: "TREAT", request });
  await eventually("the study at the requester", 60, async () => {
    const row = await b.as("clinician").get<{ state: string; localState: string }>(`/api/requests/${request}`);
    return row.state === "acknowledged" && row.localState === "held" ? row : null;
  });
  t.deepEqual(await wado(b.as("clinician"), sent.uid), sent.digests);
});

test.serial("every block of the custodian flipped: the bytes come whole from the replica, and are whole on the disk again", async (t) => {
  const damaged = await rot(a);
  t.true(damaged >= 6, `${damaged} blocks`);
  t.deepEqual(await wado(a.as("clinician"), sent.uid), sent.digests);
  t.true(await a.agent.child().stop());
  await a.agent.start();
  t.deepEqual(await wado(a.as("clinician"), sent.uid), sent.digests);
});

test.serial("flipped while the agent is down: starting does not throw away what lies below a damaged directory", async (t) => {
  t.true(await a.agent.child().stop());
  await rot(a);
  await a.agent.start();
  t.deepEqual(await wado(a.as("clinician"), sent.uid), sent.digests);
});

test.serial("every copy flipped: an error or a cut connection, never a short answer; both go on", async (t) => {
  // Started anew, so that nothing comes from memory.
  t.deepEqual(await Promise.all([a.agent.child().stop(), b.agent.child().stop()]), [true, true]);
  await Promise.all([rot(a), rot(b)]);
  await Promise.all([a.agent.start(), b.agent.start()]);
  for (const seat of [a, b]) {
    const response = await seat.as("clinician").fetch(`/dicom-web/studies/${sent.uid}`, { headers: { accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' } });
    const body = await response.arrayBuffer().catch(() => null);
    if (body !== null) {
      t.is(response.status, 503);
      t.regex(Buffer.from(body).toString(), /"code":"(?:OBJECT_MISSING|BLOCK_MISSING|STUDY_BLOCKS_MISSING)"/u);
    }
    const metadata = await seat.as("clinician").fetch(`/dicom-web/studies/${sent.uid}/metadata`);
    const text = await metadata.text().catch(() => "");
    t.true(metadata.status >= 500 || text === "", `${metadata.status} ${text.slice(0, 200)}`);
    t.is((await fetch(`${seat.agent.ready().ops}/livez`)).status, 200);
  }
  const other = inventStudy();
  t.is((await stow(a.as("clinician"), other.files)).status, 200);
  t.deepEqual(await wado(a.as("clinician"), other.uid), other.digests);
});

test.serial("a suspended member: not ready and says so, its requests are refused with a code", async (t) => {
  const rpc = httpRpc(town.chain.ready().url);
  const council = privateKeyToAccount(town.council as `0x${string}`);
  const [nonce, chainId] = (await Promise.all([rpc.request({ method: "eth_getTransactionCount", params: [council.address, "latest"] }), rpc.request({ method: "eth_chainId" })])) as string[];
  const raw = await council.signTransaction({
    to: town.contracts.memberRegistry,
    data: encodeFunctionData({ abi: parseAbi(["function suspend(uint32 member)"]), functionName: "suspend", args: [2] }),
    nonce: Number(nonce),
    chainId: Number(chainId),
    gas: 1_000_000n,
    gasPrice: 0n,
    type: "legacy",
  });
  await rpc.request({ method: "eth_sendRawTransaction", params: [raw] });
  const reason = await eventually("not ready", 20, async () => {
    const response = await fetch(`${b.agent.ready().ops}/readyz`);
    return response.status === 503 ? await response.text() : null;
  });
  t.regex(reason, /member 2 is suspended/u);
  const refused = await b.as("clinician").problem("POST", "/api/requests", { study, purpose: "TREAT" });
  t.true([403, 409, 503].includes(refused.status), `${refused.status} ${refused.code}`);
  t.regex(refused.code, /^[A-Z]+_/u);
  t.log(`its request is answered ${refused.status} ${refused.code}: ${refused.detail}`);
});
