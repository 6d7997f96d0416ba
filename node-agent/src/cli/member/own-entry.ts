import { type Command, InvalidArgumentError } from "commander";
import { type Enode, parseEnode } from "../../consortium/enode.ts";
import { fault } from "../../model/fault.ts";
import type { MemberNode } from "../../model/ledger-views.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { keyringDigests, withRegistry } from "../registry-session.ts";
import { fields, table } from "../text.ts";

type Common = { readonly config: string; readonly keyFile: string; readonly rpc?: string };

const examples = `
Examples:
  fiducial member profile --config agent.yaml --key-file governor.key --endpoint https://images.st-anna.example:8443
  fiducial member nodes add enode://9a1f...@192.0.2.7:30303 --validator --config agent.yaml --key-file governor.key
  fiducial member nodes change 9a1f --validator no --config agent.yaml --key-file governor.key
  fiducial member nodes list --config agent.yaml
  fiducial member nodes add enode://77c0...@192.0.2.50:30303 --rpc http://192.0.2.10:8545 --config agent.yaml --key-file governor.key

Only the institution itself changes its entry: signed with its governor's key, which stays here. Every other member's agent follows within a few blocks.
A command that was cut off may be run again. An observer's own node takes no transaction: with --rpc a hospital's node takes it, on a computer from which that is reached.
`;

export function enodeOption(text: string): Enode {
  const node = parseEnode(text);
  if (node === null) throw new InvalidArgumentError("enode://, 128 hex digits, @host:port.");
  return node;
}

function keyOption(text: string): string {
  if (!/^(?:0x)?[0-9a-fA-F]{4,128}$/u.test(text)) throw new InvalidArgumentError("the beginning of a node's key, 4 hex digits or more.");
  return text.replace(/^0x/u, "").toLowerCase();
}

function rpcOption(text: string): string {
  if (!/^https?:\/\//u.test(text) || !URL.canParse(text)) throw new InvalidArgumentError("an http or https URL.");
  return text;
}

function flagOption(text: string): boolean {
  if (text !== "yes" && text !== "no") throw new InvalidArgumentError("yes or no.");
  return text === "yes";
}

/** The one node whose key begins so. */
function placeOf(nodes: readonly MemberNode[], beginning: string): number {
  const found = nodes.flatMap(({ enodeKey }, at) => (enodeKey.slice(2).toLowerCase().startsWith(beginning) ? [at] : []));
  const [place] = found;
  if (place === undefined || found.length > 1) throw fault("CLI_USAGE", { why: `${found.length} registered nodes have a key that begins with ${beginning}` });
  return place;
}

export const nodeTable = (nodes: readonly MemberNode[]): string =>
  table(
    ["KEY", "ADDRESS", "VALIDATOR", "IPFS", "CLUSTER"],
    nodes.map((node) => [`${node.enodeKey.slice(2, 18)}...`, `${node.host}:${node.port}`, node.validator ? "yes" : "no", node.ipfsPeerId, node.clusterPeerId]),
    "No nodes registered.",
  );

const withKey = (command: Command): Command =>
  command
    .requiredOption("--config <file>", "the agent's configuration file")
    .requiredOption("--key-file <file>", "the governor's key")
    .option("--rpc <url>", "JSON-RPC of another node of the chain: an observer's own takes no transaction", rpcOption);

/** `fiducial member profile` and `fiducial member nodes ...`: what an institution says of itself on the chain. */
export function registerOwnEntry(member: Command, io: Io): void {
  withKey(member.command("profile"))
    .description("register this institution's name, endpoint and the digests of its keyring's keys")
    .option("--name <name>", "display name; the configuration's unless given")
    .option("--endpoint <url>", "https URL of the peer listener; the registered one unless given")
    .addHelpText("after", examples)
    .action(async (options: Common & { readonly name?: string; readonly endpoint?: string }, command: Command) => {
      const context = contextOf(command, io);
      await withRegistry(options.config, context.signal, async ({ config, self, setProfile }) => {
        const { profile } = await self();
        const next = { ...profile, displayName: options.name ?? config.name, endpoint: options.endpoint ?? profile.endpoint, ...(await keyringDigests(config)) };
        const receipt = await setProfile(options.keyFile, next);
        context.result({ changed: receipt !== null, receipt, profile: next }, () => `${receipt === null ? "Registered already:" : `Registered in block ${receipt.block}:`}\n${fields(next)}`);
      }, options.rpc);
    });

  const nodes = member.command("nodes").description("chain nodes of this institution, as it registered them").addHelpText("after", examples);
  nodes
    .command("list")
    .description("this institution's registered nodes")
    .requiredOption("--config <file>", "the agent's configuration file")
    .action(async (options: Pick<Common, "config">, command: Command) => {
      const context = contextOf(command, io);
      const { nodes: now } = await withRegistry(options.config, context.signal, ({ self }) => self());
      context.result({ nodes: now }, () => nodeTable(now));
    });

  const change = (command: Command, options: Common, next: (now: readonly MemberNode[]) => readonly MemberNode[]): Promise<void> => {
    const context = contextOf(command, io);
    return withRegistry(options.config, context.signal, async ({ self, setNodes }) => {
      const wanted = next((await self()).nodes);
      const receipt = await setNodes(options.keyFile, wanted);
      context.result({ changed: receipt !== null, receipt, nodes: wanted }, () => `${receipt === null ? "Registered already:" : `Registered in block ${receipt.block}:`}\n${nodeTable(wanted)}`);
    }, options.rpc);
  };
  withKey(nodes.command("add"))
    .description("register a node; one with the same key is replaced")
    .argument("<enode>", "enode URL under which the other members reach it", enodeOption)
    .option("--validator", "it shall be this institution's validator")
    .option("--ipfs <id>", "peer id of its Kubo", "")
    .option("--cluster <id>", "peer id of its IPFS Cluster peer", "")
    .action((enode: Enode, options: Common & { readonly validator?: boolean; readonly ipfs: string; readonly cluster: string }, command: Command) =>
      change(command, options, (now) => withNode(now, { enodeKey: `0x${enode.key}`, host: enode.host, port: enode.port, validator: options.validator === true, ipfsPeerId: options.ipfs, clusterPeerId: options.cluster })),
    );
  withKey(nodes.command("change"))
    .description("change what is registered of a node")
    .argument("<key>", "the beginning of its key", keyOption)
    .option("--validator <yes|no>", "whether it shall be a validator", flagOption)
    .option("--host <host>", "IP address or host name")
    .option("--port <port>", "TCP port", Number)
    .option("--ipfs <id>", "peer id of its Kubo")
    .option("--cluster <id>", "peer id of its IPFS Cluster peer")
    .action((key: string, options: Common & { readonly validator?: boolean; readonly host?: string; readonly port?: number; readonly ipfs?: string; readonly cluster?: string }, command: Command) =>
      change(command, options, (now) => {
        const place = placeOf(now, key);
        return now.map((node, at) =>
          at === place
            ? { ...node, validator: options.validator ?? node.validator, host: options.host ?? node.host, port: options.port ?? node.port, ipfsPeerId: options.ipfs ?? node.ipfsPeerId, clusterPeerId: options.cluster ?? node.clusterPeerId }
            : node,
        );
      }),
    );
  withKey(nodes.command("remove"))
    .description("take a node out of the register: the other members' nodes disconnect it. A validator first becomes none (`nodes change KEY --validator no`)")
    .argument("<key>", "the beginning of its key", keyOption)
    .option("--force", "also a node that is registered as a validator")
    .action((key: string, options: Common & { readonly force?: boolean }, command: Command) =>
      change(command, options, (now) => {
        const place = placeOf(now, key);
        if (now[place]?.validator === true && options.force !== true) throw fault("CLI_USAGE", { why: "the node is registered as a validator: first `fiducial member nodes change KEY --validator no`, and wait until it is none" });
        return now.filter((_, at) => at !== place);
      }),
    );
}

/** The list with this node in it: in the place of one with the same key, else at the end. */
export function withNode(now: readonly MemberNode[], node: MemberNode): MemberNode[] {
  const place = now.findIndex(({ enodeKey }) => enodeKey.toLowerCase() === node.enodeKey.toLowerCase());
  return place === -1 ? [...now, node] : now.map((one, at) => (at === place ? node : one));
}
