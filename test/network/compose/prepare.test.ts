import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { besuFiles } from "../../../network/compose/besu-service.ts";
import { composeAddresses, composeFile, nothingPublished } from "../../../network/compose/compose.ts";
import { besuOf, prepareOf } from "../../../network/compose/names.ts";
import { nodesOf } from "../../../network/consortium-file.ts";
import { consortiumGenesis } from "../../../network/genesis/of-consortium.ts";
import { someConsortia } from "./consortia.ts";

const consortium = someConsortia()["four hospitals and a regulator"];
const [first] = consortium === undefined ? [] : nodesOf(consortium);
if (consortium === undefined || first === undefined) throw new Error("no such consortium");
const { member, node } = first;
const { services } = composeFile({ consortium, project: "pilot", published: nothingPublished });

type Ended = { readonly code: number; readonly said: string };
type Place = { readonly config: string; readonly lists: string; prepare(): Promise<Ended> };

/** The very script of the service that prepares a node, with this computer's folders and program in the places of the container's. */
async function place(t: ExecutionContext): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-prepare-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const [config, lists] = [join(dir, "etc-besu"), join(dir, "lists")];
  await mkdir(config);
  await mkdir(lists);
  const here = (text: string) => text.replaceAll("/etc/besu", config).replaceAll("/var/lib/besu-lists", lists).replaceAll("/opt/fiducial/node-agent/src/main.ts", resolve("node-agent/src/main.ts"));
  if (consortium === undefined) throw new Error("no consortium");
  for (const [path, text] of Object.entries(besuFiles({ consortium, addresses: composeAddresses(consortium), member, node, genesis: consortiumGenesis(consortium) }))) await writeFile(join(config, path.split("/").at(-1) ?? ""), here(text));
  const [, flag, script = ""] = services[prepareOf(node)]?.entrypoint ?? [];
  t.is(flag, "-e");
  return {
    config,
    lists,
    prepare: () =>
      promisify(execFile)(process.execPath, ["-e", here(script)]).then(
        ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
        (error: { readonly code: number; readonly stdout: string; readonly stderr: string }) => ({ code: error.code, said: error.stdout + error.stderr }),
      ),
  };
}

test("a node's first lists are put into their volume once, and its configuration is looked at", async (t) => {
  t.timeout(300_000);
  const { lists, config, prepare } = await place(t);
  const done = await prepare();
  t.is(done.code, 0, done.said);
  t.deepEqual((await readdir(lists)).sort(), ["permissions.toml", "static-nodes.json"]);
  const genuine = await readFile(join(config, "static-nodes.json"), "utf8");
  t.is(await readFile(join(lists, "static-nodes.json"), "utf8"), genuine);
  await writeFile(join(lists, "static-nodes.json"), "[]");
  t.is((await prepare()).code, 0);
  t.is(await readFile(join(lists, "static-nodes.json"), "utf8"), "[]", "what the agent made of it stays");
});

test("a node waits for it, and is not started with what Besu would refuse or change", async (t) => {
  t.timeout(300_000);
  t.is(services[besuOf(node)]?.depends_on?.[prepareOf(node)]?.condition, "service_completed_successfully");
  const { config, prepare } = await place(t);
  await writeFile(join(config, "besu.toml"), `${await readFile(join(config, "besu.toml"), "utf8")}miner-enabled=true\n`);
  const refused = await prepare();
  t.not(refused.code, 0);
  t.regex(refused.said, /option-removed: miner-enabled.*NETWORK_NODE_CONFIG/su);
});
