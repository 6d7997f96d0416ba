import { copyFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { parse } from "yaml";
import type { ComposeFile } from "../../../../network/compose/compose.ts";
import { besuOf } from "../../../../network/compose/names.ts";
import { loadConsortium, nodesOf } from "../../../../network/consortium-file.ts";
import { schema } from "../../../../node-agent/src/config/schema.ts";
import { openKeyring } from "../../../../node-agent/src/envelope/keyring.ts";
import { readSecret } from "../../../../node-agent/src/config/secret.ts";
import { dockerOrSkip } from "../../../support/docker.ts";
import { someImages } from "../../../network/compose/consortia.ts";
import { fiducial, folder } from "../run-program.ts";

type Place = { readonly dir: string; readonly keys: string; readonly consortium: string; readonly images: string; readonly out: string; readonly args: readonly string[] };
type Said = { readonly written: readonly string[]; readonly unchanged: readonly string[]; readonly missing: readonly { readonly name: string; readonly owner: string }[]; readonly mustBeGiven: readonly { readonly owner: string; readonly paths: readonly string[] }[]; readonly genesisHash: string };

/** Two hospitals with Kubo and cluster peer, two without, and a regulator: keys by `network key`, the consortium file by `network genesis`. */
async function founded(t: ExecutionContext): Promise<Place> {
  const dir = await folder(t);
  const [keys, submissions, images, out] = [join(dir, "members"), join(dir, "submissions"), join(dir, "images.json"), join(dir, "compose")];
  await mkdir(submissions);
  await writeFile(join(dir, "terms.yaml"), `name: Pilot of the North\nchainId: 4711\nguardians: [0x${"9".repeat(40)}]\n`);
  await writeFile(images, JSON.stringify(someImages));
  for (const [at, party] of ["north", "south", "east", "west", "regulator"].entries()) {
    const kind = party === "regulator" ? ["--observer"] : ["--endpoint", `https://${party}.example:8443`, ...(at < 2 ? ["--ipfs"] : [])];
    const { status, err } = await fiducial(["network", "key", "--dir", join(keys, `of ${party}`), "--name", party, "--node", party, "--node-host", `172.29.7.${11 + at}`, ...kind]);
    t.is(status, 0, err);
    await copyFile(join(keys, `of ${party}`, "submission.json"), join(submissions, `${party}.json`));
  }
  t.is((await fiducial(["network", "genesis", "--terms", join(dir, "terms.yaml"), "--submissions", submissions, "--out", dir])).status, 0);
  const consortium = join(dir, "consortium.yaml");
  return { dir, keys, consortium, images, out, args: ["network", "compose", "--consortium", consortium, "--images", images, "--out", out, "--keys", keys, "--genesis", join(dir, "genesis.json"), "--json"] };
}

const said = async (t: ExecutionContext, args: readonly string[]): Promise<Said> => {
  const { status, err, json } = await fiducial(args);
  t.is(status, 0, err);
  return json<Said>();
};

const contracts = { memberRegistry: 1, studyRegistry: 2, consentRegistry: 3, accessLedger: 4, creditLedger: 5, consortiumAuthority: 6, council: 7, timelock: 8 };

test("from the ceremony's files to a whole project: compose file, configuration, every secret from the right member", async (t) => {
  t.timeout(300_000);
  const it = await founded(t);
  const first = await said(t, it.args);
  t.deepEqual(first.missing, []);
  const consortium = await loadConsortium(it.consortium);
  const file = parse(await readFile(join(it.out, "compose.yaml"), "utf8")) as ComposeFile;
  t.is(file.name, "pilot-of-the-north");
  t.deepEqual((await readdir(join(it.out, "secrets"))).sort(), Object.keys(file.secrets).sort(), "every secret that a container reads is there, and no other");
  for (const { node } of nodesOf(consortium)) {
    t.is(await readFile(join(it.out, "secrets", besuOf(node)), "utf8"), (await readFile(join(it.keys, `of ${node.name}`, "node", "key"), "utf8")).trim(), node.name);
    t.deepEqual((await readdir(join(it.out, "config", node.name))).sort(), ["besu.toml", "genesis.json", "permissions.toml", "static-nodes.json"]);
  }
  for (const { source } of Object.values(file.services).flatMap(({ volumes = [] }) => volumes.filter(({ type }) => type === "bind"))) t.true((await stat(join(it.out, source))).isDirectory(), source);
  const north = consortium.members.find(({ name }) => name === "north");
  const passphrase = await readSecret("passphrase", join(it.out, "secrets", `member-${north?.id}-agent-passphrase`));
  await mkdir(join(it.dir, "ring"));
  await copyFile(join(it.out, "secrets", `member-${north?.id}-agent-keyring`), join(it.dir, "ring", "keyring.sealed"));
  const keyring = await openKeyring(join(it.dir, "ring"), passphrase);
  t.is<string | undefined, string | undefined>(keyring.role === "hospital" ? keyring.identity.certificate.digest : undefined, north?.profile.openpgpSha256, "the keyring opens with the passphrase beside it and is the member's");
  const kubo = JSON.parse(await readFile(join(it.out, "secrets", "north-kubo-config"), "utf8")) as { readonly Identity: { readonly PeerID: string } };
  t.is<string | undefined, string | undefined>(kubo.Identity.PeerID, north?.nodes[0]?.ipfs?.peerId);
  t.is(await readFile(join(it.out, "secrets", "north-kubo-swarm-key"), "utf8"), await readFile(join(it.out, "secrets", "south-kubo-swarm-key"), "utf8"), "one swarm");

  const ports = Object.values(file.services).flatMap(({ ports: list = [] }) => list.map((one) => Number(one.split(":")[1])));
  t.is(new Set(ports).size, ports.length);
  t.is(ports.length, 15, "clinical and ops of five agents, JSON-RPC of five nodes");
});

test("run again it keeps what is there, adds the agents once the contracts are deployed, and changes nothing unasked", async (t) => {
  t.timeout(300_000);
  const it = await founded(t);
  const first = await said(t, it.args);
  const again = await said(t, it.args);
  t.deepEqual(again.written, []);
  t.deepEqual([...again.unchanged].sort(), [...first.written].sort());

  const file = join(it.dir, "contracts.json");
  const chain = { chainId: 4711, genesisHash: first.genesisHash, deployedAtBlock: 3, contracts: Object.fromEntries(Object.entries(contracts).map(([name, at]) => [name, `0x${String(at).repeat(40)}`])) };
  await writeFile(file, JSON.stringify({ ...chain, genesisHash: `0x${"1".repeat(64)}` }));
  t.regex((await fiducial([...it.args, "--contracts", file])).err, /is of the chain 4711 with block 0 0x1111/u);
  await writeFile(file, JSON.stringify(chain));
  const agents = await said(t, [...it.args, "--contracts", file]);
  t.deepEqual([...agents.written].sort(), [1, 2, 3, 4, 5].map((id) => `config/member-${id}-agent/agent.yaml`));
  for (const path of agents.written) t.is<string, string>(schema.parse(parse(await readFile(join(it.out, path), "utf8"))).chain.genesisHash, first.genesisHash, path);

  const compose = join(it.out, "compose.yaml");
  const written = await readFile(compose, "utf8");
  await writeFile(compose, `${written}# mine\n`);
  const refused = await fiducial(it.args);
  t.not(refused.status, 0);
  t.regex(refused.err, /NETWORK_COMPOSE_EXISTS/u);
  t.regex(refused.err, /compose\.yaml/u);
  t.is(await readFile(compose, "utf8"), `${written}# mine\n`, "the operator's change stays");
  t.deepEqual((await said(t, [...it.args, "--overwrite"])).written, ["compose.yaml"]);
  t.is(await readFile(compose, "utf8"), written);
});

test("it says what is missing and what to run next, in words", async (t) => {
  t.timeout(300_000);
  const it = await founded(t);
  const args = it.args.filter((one) => one !== "--json");
  const { status, out, err } = await fiducial(args);
  t.is(status, 0, err);
  const steps = [/docker compose --project-directory \S+ up --detach --wait/u, /node scripts\/deploy\.ts --rpc http:\/\/127\.0\.0\.1:18002 --consortium \S+ --out \S+contracts\.json/u, /fiducial network compose --consortium \S+ .*--contracts \S+contracts\.json/u];
  const places = steps.map((one) => out.search(one));
  t.true(places.every((at) => at > 0), out);
  t.deepEqual([...places].sort((one, two) => one - two), places, "in their order");
  if (userInfo().uid !== 0) t.regex(out, /sudo chown 10001:10001 .*secrets\/north-besu/u);
  else t.is((await stat(join(it.out, "secrets", "north-besu"))).uid, 10_001, "given to the container's user");

  const file = join(it.dir, "contracts.json");
  const { genesisHash } = await said(t, it.args);
  await writeFile(file, JSON.stringify({ chainId: 4711, genesisHash, deployedAtBlock: 3, contracts: Object.fromEntries(Object.entries(contracts).map(([name, at]) => [name, `0x${String(at).repeat(40)}`])) }));
  const later = (await fiducial([...args, "--contracts", file])).out;
  const consortium = await loadConsortium(it.consortium);
  for (const { node } of nodesOf(consortium)) t.true(later.includes(`fiducial member nodes add enode://${node.publicKey}@${node.host}:30303`), node.name);
  t.is(later.match(/--validator/gu)?.length, 4);
  const registrations = later.split("\n").filter((line) => line.includes("member nodes add"));
  for (const line of registrations) t.is(/--rpc http:\/\/127\.0\.0\.1:\d+ /u.test(line), !line.includes("--validator"), "an observer's own node takes no transaction");
  t.true(registrations.length > 4, "one of them is an observer's");
  t.is(later.match(/--ipfs 12D3\S+ --cluster 12D3/gu)?.length, 2);
  t.regex(later, /--profile agents up.*member nodes add.*exec --no-TTY member-1-agent .* agent account add/su);

  const [keys] = [it.args.indexOf("--keys")];
  const without = await said(t, [...it.args.slice(0, keys), ...it.args.slice(keys + 2), "--out", join(it.dir, "other")]);
  t.is(without.missing.length, 5 + 2 * 4 + 4 * 2 + 2, "node keys, Kubo's and the cluster peer's two each, keyrings with passphrases, REST passwords");
  t.false((await fiducial([...it.args.slice(0, keys), ...it.args.slice(keys + 2), "--out", join(it.dir, "third")])).out.includes("secret:"));
});

test("what cannot be made is refused with the reason, and nothing is written", async (t) => {
  t.timeout(300_000);
  const it = await founded(t);
  const cases: readonly (readonly [args: readonly string[], said: RegExp])[] = [
    [it.args.filter((one) => one !== "--images" && one !== it.images), /names no images/u],
    [[...it.args, "--keys", join(it.dir, "nowhere")], /CLI_FILE/u],
    [[...it.args, "--own-networks", "172.29.0.0"], /172\.29\.0\.0\/16/u],
    [[...it.args, "--consortium", join(it.dir, "terms.yaml")], /NETWORK_FILE_WRONG/u],
    [[...it.args, "--genesis", it.consortium], /NETWORK_CEREMONY_WRONG/u],
  ];
  for (const [args, words] of cases) {
    const { status, err } = await fiducial(args);
    t.not(status, 0);
    t.regex(err, words);
  }
  await t.throwsAsync(stat(it.out), { code: "ENOENT" });

  await writeFile(join(it.keys, "of north", "ipfs", "kubo.seed"), "ab".repeat(32));
  t.regex((await fiducial(it.args)).err, /other peers than the consortium file names for north/u);
});

test("docker compose reads the project as it lies there", async (t) => {
  t.timeout(300_000);
  const docker = await dockerOrSkip(t);
  if (docker === null) return;
  const it = await founded(t);
  await said(t, it.args);
  const services = (await docker.call(["compose", "--project-directory", it.out, "--profile", "agents", "config", "--services"])).trim().split("\n");
  t.is(services.length, 5 * 3 + 2 * 2, "a node, its preparation and an agent for each; Kubo and cluster peer for two");
});
