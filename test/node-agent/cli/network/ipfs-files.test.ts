import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { stringify } from "yaml";
import { checkConsortium } from "../../../../network/consortium-file.ts";
import { findIpfsPrograms } from "../../../../network/ipfs/find-engine.ts";
import { startClusterPeer, startKubo } from "../../../../network/ipfs/run.ts";
import { kuboEnvironment } from "../../../../network/ipfs/swarm-key.ts";
import { freePorts } from "../../../../network/local/ports.ts";
import { ipfsIdentitiesIn } from "../../../../node-agent/src/cli/network/ipfs-keys.ts";
import { someConsortium } from "../../../network/consortium.ts";
import { skipLoudly } from "../../../support/skip.ts";
import { fiducial, folder, type Ran } from "../run-program.ts";

type Party = { readonly name: string; readonly dir: string; readonly rpc: number; readonly rest: number };
type Place = { readonly dir: string; readonly consortium: string; readonly parties: readonly Party[]; run(party: Party, ...more: readonly string[]): Promise<Ran> };

/** Two hospitals of four have Kubo and cluster peer, each with seeds in its own folder; both shared secrets lie in files. */
async function place(t: ExecutionContext): Promise<Place> {
  const dir = await folder(t);
  const terms = someConsortium();
  const ports = await freePorts(8);
  const parties: Party[] = [];
  const members = [];
  for (const member of terms.members) {
    const [node] = member.nodes ?? [];
    if (node === undefined || member.kind === "observer" || parties.length === 2) {
      members.push(member);
      continue;
    }
    const [swarmPort = 0, port = 0, rpc = 0, rest = 0] = ports.splice(0, 4);
    const home = join(dir, node.name, "ipfs");
    const { kubo, cluster } = await ipfsIdentitiesIn(home);
    parties.push({ name: node.name, dir: home, rpc, rest });
    members.push({ ...member, nodes: [{ ...node, host: `127.0.0.${10 + parties.length}`, ipfs: { peerId: kubo.peerId, swarmPort }, cluster: { peerId: cluster.peerId, port } }] });
  }
  const consortium = join(dir, "consortium.yaml");
  await writeFile(consortium, stringify(checkConsortium({ ...terms, members })));
  await writeFile(join(dir, "swarm-key"), `${"5a".repeat(32)}\n`);
  await writeFile(join(dir, "cluster-secret"), `${"6b".repeat(32)}\n`);
  return {
    dir,
    consortium,
    parties,
    run: ({ name, dir: home, rpc, rest }, ...more) =>
      fiducial(["network", "ipfs-files", "--consortium", consortium, "--node", name, "--dir", home, "--swarm-key", join(dir, "swarm-key"), "--cluster-secret", join(dir, "cluster-secret"), "--bind-host", `127.0.0.${11 + parties.findIndex((one) => one.name === name)}`, "--rpc-port", String(rpc), "--rest-port", String(rest), ...more]),
  };
}

test("files are written for their owner only, twice alike, and what does not belong together is refused", async (t) => {
  const it = await place(t);
  const [party, other] = it.parties;
  if (party === undefined || other === undefined) throw new Error("no parties");
  const first = await it.run(party, "--json");
  t.is(first.status, 0, first.err);
  t.deepEqual([...first.json<{ readonly written: string[] }>().written].sort(), ["identity.json", "kubo.json", "service.json", "swarm.key"]);
  for (const name of ["identity.json", "kubo.json", "service.json", "swarm.key", "rest-password"]) t.is((await stat(join(party.dir, name))).mode & 0o777, 0o600, name);
  const password = await readFile(join(party.dir, "rest-password"), "utf8");
  t.deepEqual((await it.run(party, "--json")).json<{ readonly written: string[] }>().written, []);
  t.is(await readFile(join(party.dir, "rest-password"), "utf8"), password);
  t.regex((await it.run(party)).out, /ipfs init --empty-repo .*ipfs-cluster-service/su);

  t.regex((await it.run(party, "--node", "hospital-4")).err, /no Kubo and no cluster peer beside hospital-4/u);
  t.regex((await it.run(party, "--node", "nowhere")).err, /no node nowhere; it has hospital-1/u);
  t.regex((await it.run(party, "--dir", other.dir)).err, /other peers than the consortium file names/u);
  t.regex((await it.run(party, "--dir", it.dir)).err, /no kubo\.seed/u);
  await writeFile(join(it.dir, "swarm-key"), "swordfish\n");
  const refused = await it.run(party);
  t.regex(refused.err, /no secret of 64/u);
  t.false(refused.err.includes("swordfish"));
});

test("two members start from their files and find one another: Kubo in the private swarm, cluster peers in the list", async (t) => {
  const programs = findIpfsPrograms();
  if (programs === null) return skipLoudly(t, "Kubo and IPFS Cluster are not built (npm run engines)");
  t.timeout(600_000);
  const it = await place(t);
  for (const party of it.parties) {
    const { status, err } = await it.run(party);
    t.is(status, 0, err);
    const [repository, peer] = [join(party.dir, "repository"), join(party.dir, "peer")];
    await mkdir(repository);
    await mkdir(peer);
    await promisify(execFile)(programs.ipfs, ["init", "--empty-repo", join(party.dir, "kubo.json")], { env: { ...process.env, ...kuboEnvironment, IPFS_PATH: repository } });
    await copyFile(join(party.dir, "swarm.key"), join(repository, "swarm.key"));
    for (const name of ["service.json", "identity.json"]) await copyFile(join(party.dir, name), join(peer, name));
    const kubo = await startKubo({ name: `${party.name}, Kubo`, ipfs: programs.ipfs, dir: repository, rpcUrl: `http://127.0.0.1:${party.rpc}`, logFile: join(it.dir, `${party.name}-kubo.log`) });
    t.teardown(() => kubo.kill());
    const cluster = await startClusterPeer({ name: `${party.name}, cluster peer`, clusterService: programs.clusterService, dir: peer, restUrl: `http://127.0.0.1:${party.rest}`, logFile: join(it.dir, `${party.name}-cluster.log`) });
    t.teardown(() => cluster.kill());
  }
  const password = async (party: Party) => (await readFile(join(party.dir, "rest-password"), "utf8")).trim();
  const until = async (what: string, look: () => Promise<boolean>) => {
    for (let tries = 0; tries < 1200; tries++) {
      if (await look().catch(() => false)) return t.pass(what);
      await sleep(100);
    }
    t.fail(what);
  };
  for (const [at, party] of it.parties.entries()) {
    const other = it.parties[1 - at];
    const { PeerID: wanted } = (JSON.parse(await readFile(join(other?.dir ?? "", "kubo.json"), "utf8")) as { readonly Identity: { readonly PeerID: string } }).Identity;
    await until(`${party.name}'s Kubo is connected to the other`, async () => {
      const answer = await fetch(`http://127.0.0.1:${party.rpc}/api/v0/swarm/peers`, { method: "POST" });
      return (await answer.text()).includes(wanted);
    });
    const authorization = `Basic ${Buffer.from(`agent:${await password(party)}`).toString("base64")}`;
    await until(`${party.name}'s cluster peer sees both`, async () => {
      const answer = await fetch(`http://127.0.0.1:${party.rest}/peers`, { headers: { authorization } });
      return (await answer.text()).trim().split("\n").filter((line) => line.includes('"peername"')).length === 2;
    });
  }
});
