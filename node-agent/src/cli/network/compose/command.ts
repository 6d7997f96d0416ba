import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { type Deployed, isFound } from "../../../../../network/compose/agent-service.ts";
import { composeAddresses, type Published, secretFiles } from "../../../../../network/compose/compose.ts";
import { agentFolder, projectFiles } from "../../../../../network/compose/project.ts";
import { secretTexts } from "../../../../../network/compose/secrets.ts";
import { checkConsortium, loadConsortium, nodesOf } from "../../../../../network/consortium-file.ts";
import type { Consortium, ConsortiumInput } from "../../../../../network/consortium-schema.ts";
import { blockZeroHash } from "../../../../../network/genesis/block-zero.ts";
import { genesisText } from "../../../../../network/genesis/genesis.ts";
import { consortiumGenesis } from "../../../../../network/genesis/of-consortium.ts";
import { parseChain } from "../../../config/parse-chain.ts";
import { fault } from "../../../model/fault.ts";
import { contextOf } from "../../context.ts";
import { readJson } from "../../files.ts";
import type { Io } from "../../io.ts";
import { fields } from "../../text.ts";
import { countOption } from "../../values.ts";
import { exists } from "../join-keys.ts";
import { memberKeysIn } from "./member-keys.ts";
import { nextSteps } from "./next.ts";
import { type Placed, placeFiles } from "./place.ts";

type Options = {
  readonly consortium: string;
  readonly out: string;
  readonly keys?: string;
  readonly contracts?: string;
  readonly images?: string;
  readonly genesis?: string;
  readonly project?: string;
  readonly portBase: number;
  readonly heap: number;
  readonly ownNetworks?: string;
  readonly overwrite?: boolean;
};

const help = `
Examples:
  fiducial network compose --consortium founding/consortium.yaml --images .engines/images.json --keys members --out compose
  fiducial network compose --consortium founding/consortium.yaml --images .engines/images.json --keys members --out compose --contracts compose/contracts.json

Writes compose.yaml, every node's configuration and, with --keys, the secrets of the containers; once the contracts are deployed, --contracts adds the agents'
configuration. It says what to run next. Run again it keeps what is there, and stops before it changes a file, naming it, unless --overwrite is given.

--keys takes a folder that holds one folder per member, as \`fiducial network key --dir\` made it. On a computer of its own each member keeps its keys to itself: there
it runs \`fiducial network files\` instead. A whole consortium on one computer is a trial.

Ports on 127.0.0.1, twenty for each member from --port-base on: clinical, ops, then JSON-RPC of each of its nodes.
`;

/** Ports of a member, one after the other. */
const portsEach = 20;

function publishedFrom(consortium: Consortium, base: number): Published {
  const first = new Map(consortium.members.map(({ id }, at) => [id, base + portsEach * at]));
  const owners = nodesOf(consortium);
  return {
    agent: ({ id }) => (base === 0 ? { clinical: null, ops: null } : { clinical: first.get(id) ?? null, ops: (first.get(id) ?? 0) + 1 }),
    rpc: ({ name }) => {
      const owner = owners.find(({ node }) => node.name === name)?.member;
      return base === 0 || owner === undefined ? null : (first.get(owner.id) ?? 0) + 2 + owner.nodes.findIndex((node) => node.name === name);
    },
  };
}

/** A compose project is named by lower-case letters, digits, dashes and underscores, beginning with a letter or digit. */
const projectName = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/gu, "-").replaceAll(/^-|-$/gu, "") || "fiducial";

async function deployedIn(file: string, genesisHash: string, chainId: number): Promise<Deployed> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw fault("CLI_FILE", { file, why: error.code ?? "unknown" }, error);
  });
  const chain = parseChain(text);
  if (chain.genesisHash !== genesisHash || chain.chainId !== chainId) throw fault("CLI_USAGE", { why: `${file} is of the chain ${chain.chainId} with block 0 ${chain.genesisHash}; the consortium file makes chain ${chainId} with ${genesisHash}` });
  return { ...chain, contracts: Object.fromEntries(Object.entries(chain.contracts).flatMap(([name, place]) => (place === undefined ? [] : [[name, place]]))) };
}

async function withImages(consortium: Consortium, file: string | undefined): Promise<Consortium> {
  if (file === undefined) return consortium;
  return checkConsortium({ ...consortium, images: (await readJson(file)) as ConsortiumInput["images"] });
}

/** `fiducial network compose` */
export function registerCompose(network: Command, io: Io): void {
  network
    .command("compose")
    .description("the whole consortium as containers of one computer: compose file, configuration, secrets")
    .requiredOption("--consortium <file>", "the consortium file")
    .requiredOption("--out <folder>", "where compose.yaml and all that it refers to go")
    .option("--keys <folder>", "a folder with every member's folder of keys; without it you put the secrets in place yourself")
    .option("--contracts <file>", "what scripts/deploy.ts --out wrote: adds the agents' configuration")
    .option("--images <file>", "JSON with besu, kubo, cluster and agent by digest, where the consortium file names no images")
    .option("--genesis <file>", "a genesis.json that must be the one that is written")
    .option("--project <name>", "name of the compose project (default: the consortium's name)")
    .option("--port-base <port>", "first port on 127.0.0.1 that leads into the containers; 0 publishes none", countOption(0, 60_000), 18_000)
    .option("--heap <megabytes>", "Java heap of each Besu", countOption(256, 65_536), 2048)
    .option("--own-networks <ip>", "a /16 for the members' own networks (default: 10.213.0.0)")
    .option("--overwrite", "replace files that are there with another content")
    .addHelpText("after", help)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const consortium = await withImages(await loadConsortium(options.consortium), options.images);
      const { out, ownNetworks } = options;
      const genesis = consortiumGenesis(consortium);
      if (options.genesis !== undefined && (await readFile(options.genesis, "utf8").catch(() => "")) !== genesisText(genesis))
        throw fault("NETWORK_CEREMONY_WRONG", { problems: [`${options.genesis} is not the genesis of this consortium file`] });
      const genesisHash = blockZeroHash(genesis);
      const deployed = options.contracts === undefined ? null : await deployedIn(options.contracts, genesisHash, consortium.chainId);
      const published = publishedFrom(consortium, options.portBase);
      const project = options.project ?? projectName(consortium.name);
      const networks = ownNetworks === undefined ? {} : { ownNetworks };
      const open = projectFiles({ consortium, project, published, heapMegabytes: options.heap, ...networks, genesis, deployed });
      const owners = secretFiles({ ...consortium, members: consortium.members.filter(({ nodes }) => nodes.length > 0) });
      const texts = options.keys === undefined ? new Map<string, string>() : await secretTexts(consortium, await memberKeysIn(options.keys, consortium), ownNetworks);
      const secrets = owners.flatMap(({ name, owner }): Placed[] => {
        const content = texts.get(name);
        return content === undefined ? [] : [{ path: `secrets/${name}`, content, owner }];
      });
      const outcome = await placeFiles(out, [...Object.entries(open).map(([path, content]): Placed => ({ path, content, owner: null })), ...secrets], options.overwrite === true);
      for (const member of consortium.members) await mkdir(join(out, agentFolder(member)), { recursive: true });
      await mkdir(join(out, "secrets"), { recursive: true, mode: 0o700 });
      const missing: typeof owners = [];
      for (const one of owners) if (!(await exists(join(out, "secrets", one.name)))) missing.push(one);
      const lost = consortium.members.filter((member) => !isFound(member, composeAddresses(consortium, ownNetworks)));
      context.result({ out, project, genesisHash, ...outcome, missing, unreachable: lost.map(({ id }) => id) }, () => {
        const said = fields({ written: `${outcome.written.length} files in ${out}`, unchanged: outcome.unchanged.length === 0 ? null : `${outcome.unchanged.length} files`, "block 0": genesisHash, project, "missing secrets": missing.length === 0 ? null : missing.length, "not found by others": lost.length === 0 ? null : `${lost.map(({ id, name, profile }) => `member ${id} ${name} (${profile.endpoint})`).join(", ")}: give a name rather than an address as --endpoint` });
        return `${said}\n\nNext, in this order:\n${nextSteps({ consortium, published, out, file: options.consortium, again: againText(options), missing, mustBeGiven: outcome.mustBeGiven, agents: deployed !== null })}`;
      });
    });
}

/** The same command line, to be run again. */
function againText({ contracts: _contracts, overwrite: _overwrite, portBase, heap, ...options }: Options): string {
  const given: Readonly<Record<string, string | undefined>> = {
    consortium: options.consortium,
    out: options.out,
    keys: options.keys,
    images: options.images,
    project: options.project,
    "port-base": portBase === 18_000 ? undefined : String(portBase),
    heap: heap === 2048 ? undefined : String(heap),
    "own-networks": options.ownNetworks,
  };
  return ["fiducial network compose", ...Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]))].join(" ");
}
