import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { freePorts } from "../../../../network/local/ports.ts";
import { writeAgentConfig } from "../../../../node-agent/src/cli/network/join-files.ts";
import { placesIn } from "../../../../node-agent/src/cli/network/join-keys.ts";
import { readApplication } from "../../../../node-agent/src/cli/network/bundle-format.ts";
import { memberId } from "../../../../node-agent/src/model/ids.ts";
import { fiducial, folder } from "../run-program.ts";
import { aBundle } from "./a-bundle.ts";

/** Joining as far as it goes without a chain; the whole way is walked on Besu in test/network/members. */
const bundleOfFour = aBundle();
const first = ["--name", "St. Anna", "--endpoint", "https://images.st-anna.example:8443", "--node-host", "192.0.2.7"];

test("what cannot be an address is refused before a key is made, and says what would be one", async (t) => {
  const dir = await folder(t);
  const given = (endpoint: string, host: string) => fiducial(["network", "join", "--dir", join(dir, "etc"), "--name", "x", "--endpoint", endpoint, "--node-host", host]);
  for (const endpoint of ["images.example", "http://images.example:8443", "https://"]) {
    const { status, err } = await given(endpoint, "192.0.2.7");
    t.is(status, 2, endpoint);
    t.regex(err, /an https URL with the port of the peer listener/u);
  }
  for (const host of ["https://192.0.2.7", "192.0.2.7:30303", "a b"]) {
    const { status, err } = await given("https://images.example", host);
    t.is(status, 2, host);
    t.regex(err, /an IP address or a host name, without port or scheme/u);
  }
  await t.throwsAsync(readFile(join(dir, "etc", "governor.key")), { code: "ENOENT" });
});

test("the node's ports are told once and kept; an application is not taken for a bundle, nor a bundle for an application", async (t) => {
  const dir = await folder(t);
  const run = (...more: string[]) => fiducial(["network", "join", "--dir", dir, ...more]);
  const begun = await run(...first);
  t.is(begun.status, 0, begun.err);
  t.regex(begun.out, /give .*application\.json to a member, and tell it the openpgpSha256 by telephone/u);
  const swapped = await run("--bundle", join(dir, "application.json"));
  t.regex(swapped.err, /it is an application, which a member makes a bundle from/u);

  const bundle = join(dir, "from-a-member.json");
  await writeFile(bundle, JSON.stringify(aBundle()));
  t.throws(() => readApplication(aBundle()), { message: /it is a bundle, not an application/u });
  const [rpc = 0, ws = 0, metrics = 0] = await freePorts(3);
  const placed = await run("--bundle", bundle, "--rpc-port", String(rpc), "--ws-port", String(ws), "--metrics-port", String(metrics));
  t.is(placed.status, 6, placed.err);
  t.regex(placed.err, /WAITS {2}node: [\s\S]*besu --config-file=/u);
  const toml = await readFile(join(dir, "node", "besu.toml"), "utf8");
  t.true(toml.includes(`rpc-http-port=${rpc}`) && toml.includes(`metrics-port=${metrics}`), toml);
  t.is((await run()).status, 6, "it goes on with what it wrote");
  t.is(await readFile(join(dir, "node", "besu.toml"), "utf8"), toml);
  const other = await run("--rpc-port", String(rpc + 1));
  t.is(other.status, 2);
  t.regex(other.err, new RegExp(`--rpc-port ${rpc + 1} is not what the node has: .*besu\\.toml says rpc-http-port=${rpc}`, "u"));
});

test("a configuration that lay there before is never written over, and is named when it is not the member's", async (t) => {
  const dir = await folder(t);
  t.is((await fiducial(["agent", "init", "--dir", dir, "--name", "St. Anna"])).status, 0);
  t.is((await fiducial(["network", "join", "--dir", dir, ...first])).status, 0, "keys of agent init are taken");
  const places = placesIn(dir);
  const application = readApplication(JSON.parse(await readFile(places.application, "utf8")));
  const before = await readFile(places.config, "utf8");
  const write = (member: number) => writeAgentConfig(places, application, bundleOfFour, memberId(member), { rpc: 8545, ws: 8546, metrics: 9545, bindHost: "127.0.0.1" });
  t.regex((await write(5)) ?? "", /member|chain/u, "init's file is not complete");
  t.is(await readFile(places.config, "utf8"), before);
  await rm(places.config);
  t.is(await write(5), null);
  t.is(await write(5), null, "the second time it finds its own");
  t.is(await write(6), "it is for member 5");
});
