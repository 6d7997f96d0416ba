import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { privateKeyToAccount } from "viem/accounts";
import type { BesuNode } from "../../../network/local/besu-node.ts";
import type { ProofReport } from "../../../node-agent/src/proof/verifier.ts";
import { ApiClient } from "../../../scripts/journey/api-client.ts";
import { at, type BesuConsortium, heightOf, openBesuConsortium, reaches, until } from "../../faults/besu/support/consortium.ts";
import { auditorPassword, type Observer, openRegulator } from "../../faults/besu/support/observer.ts";
import { besuOrSkip } from "../../support/besu.ts";
import { fiducial } from "../cli/run-program.ts";
import { newAccount, newRequest, newStudy, newDigest, addressOf } from "../ledger/consortium.ts";

/** The regulator's whole way on real Besu: a node that takes no transaction, an agent without keys, an export, and its check offline. */
let consortium: BesuConsortium | null = null;
let regulator: Observer | null = null;
test.afterEach.always(async () => {
  await regulator?.close();
  await consortium?.close();
  [regulator, consortium] = [null, null];
});

async function vote(t: ExecutionContext, protocol: "ibft2" | "qbft", voters: readonly BesuNode[], candidate: BesuNode, add: boolean): Promise<void> {
  const api = protocol === "ibft2" ? "ibft" : "qbft";
  for (const voter of voters) await voter.ask(`${api}_proposeValidatorVote`, [candidate.address, add]);
  const first = at(voters, 0);
  await until("the vote", async () => ((await first.ask(`${api}_getValidatorsByBlockNumber`, ["latest"])) as string[]).includes(candidate.address) === add);
  for (const voter of voters) await voter.ask(`${api}_discardValidatorVote`, [candidate.address]);
  t.pass(`${candidate.name} ${add ? "validates" : "validates no more"}`);
}

for (const protocol of ["ibft2", "qbft"] as const)
  test.serial(`${protocol}: a history across changes of the validators is proven offline; an observer can write nowhere`, async (t) => {
    if ((await besuOrSkip(t)) === null) return;
    t.timeout(1_500_000);
    consortium = await openBesuConsortium({ protocol, observers: 1 });
    const { network } = consortium;
    const [first, second, third] = network.validators;
    const observer = at(network.observers, 0);
    if (first === undefined || second === undefined || third === undefined) throw new Error("validators are missing");
    const [a, b] = [consortium.writer(first, 0, "a"), consortium.writer(second, 1, "b")];
    const register = async () => {
      const study = newStudy();
      await a.submit(`register:${study}`, { kind: "registerStudy", study, patient: addressOf(newAccount()), root: newDigest() });
      return study;
    };
    const studies = await Promise.all([register(), register(), register()]);
    await Promise.all(studies.map((study) => b.submit(`ask:${study}`, { kind: "requestAccess", request: newRequest(), study, purpose: "TREAT" })));

    const newcomer = await network.addNode({ name: "newcomer", kind: "hospital" });
    await newcomer.start();
    await network.introduce(newcomer);
    await reaches(newcomer, await heightOf(first));
    await vote(t, protocol, [first, second, third], newcomer, true);
    studies.push(await register());
    await vote(t, protocol, [first, second, third], newcomer, false);
    studies.push(await register());
    await reaches(observer, await heightOf(first));

    const refused = await t.throwsAsync(observer.ask("eth_sendRawTransaction", [await privateKeyToAccount(`0x${Buffer.from(at(consortium.operatorKeys, 0)).toString("hex")}`).signTransaction({ type: "legacy", chainId: network.chainId, nonce: 999, gas: 21_000n, gasPrice: 0n, to: first.address })]));
    t.regex(String(refused), /-32007|not authorized/u, "the node takes nothing from a hospital's operator either");

    regulator = await openRegulator(consortium);
    t.deepEqual((await readdir(join(regulator.home, "data"))).filter((name) => !name.startsWith("ledger-index.sqlite")), [], "an index of the chain, no key, no outbox, no block store, no journal");
    t.is(regulator.urls.peer, null);
    const api = new ApiClient(regulator.urls.clinical, "auditor", auditorPassword);
    for (const [method, path] of [["POST", "/api/requests"], ["POST", "/api/consents"], ["POST", "/api/reviews"], ["POST", "/api/attestations"], ["POST", "/dicom-web/studies"], ["POST", "/api/patients"]] as const)
      t.true([404, 405].includes((await api.fetch(path, { method, headers: { "content-type": "application/json" }, body: "{}" })).status), `there is no ${method} ${path}`);

    const file = join(consortium.dir, "history.ndjson");
    const genesis = join(first.dir, "genesis.json");
    await sleep(500);
    const exported = await regulator.as(["--json", "history", "export", file, "--proof"]);
    t.is(exported.status, 0, exported.err);
    const verified = await fiducial(["--json", "verify", file, "--genesis", genesis, "--config", regulator.config]);
    t.is(verified.status, 0, verified.err + verified.out.slice(0, 3000));
    const report = verified.json<ProofReport & { readonly history: readonly { readonly kind: string; readonly study?: string; readonly block: number }[] }>();
    t.is(report.verdict, "verified");
    t.deepEqual(report.eras.map(({ protocol: by, validators }) => [by, validators.length]), [[protocol, 4], [protocol, 5], [protocol, 4]]);
    t.deepEqual(report.history.filter(({ kind }) => kind === "StudyRegistered").map(({ study }) => study).sort(), [...studies].sort());
    t.is(report.history.filter(({ kind }) => kind === "AccessRequested").length, 3);
    t.true(report.blocksRuledOut > 0);
    t.true(report.sealsChecked >= 3 * (report.headers - 1));
    t.log(`${report.headers} headers, ${report.sealsChecked} seals, ${report.events} records, ${(await readFile(file)).length} bytes`);

    t.is((await fiducial(["verify", file])).status, 8, "without a genesis it is consistent at best");
    const other = JSON.parse(await readFile(genesis, "utf8")) as { alloc: Record<string, unknown> };
    other.alloc["0x00000000000000000000000000000000000000aa"] = { balance: "0x1" };
    await writeFile(join(consortium.dir, "other.json"), JSON.stringify(other));
    t.is((await fiducial(["verify", file, "--genesis", join(consortium.dir, "other.json")])).status, 7, "one wei more in the genesis is another chain");

    const lines = (await readFile(file, "utf8")).split("\n");
    const asked = lines.findIndex((line) => line.includes('"AccessRequested"'));
    await writeFile(file, lines.with(asked, (lines[asked] ?? "").replace('"granted":false', '"granted":true')).join("\n"));
    const altered = await fiducial(["--json", "verify", file, "--genesis", genesis]);
    t.is(altered.status, 7);
    t.deepEqual(altered.json<ProofReport>().findings.map(({ code, line }) => [code, line]), [["history-differs", asked + 1]]);

    const one = join(consortium.dir, "one.ndjson");
    t.is((await regulator.as(["history", "export", one, "--proof", "--study", at(studies, 0)])).status, 0);
    const about = await fiducial(["--json", "verify", one, "--genesis", genesis]);
    t.is(about.status, 0, about.err);
    t.deepEqual(about.json<{ history: readonly { kind: string; study?: string }[] }>().history.flatMap(({ kind, study }) => (study === undefined ? [] : [kind])), ["StudyRegistered", "AccessRequested"]);
  });
