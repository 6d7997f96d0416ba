import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { nodeFileNames, nodeFiles } from "../../../../../network/besu/node-files.ts";
import { loadConsortium, nodesOf } from "../../../../../network/consortium-file.ts";
import { blockZeroHash } from "../../../../../network/genesis/block-zero.ts";
import { genesisText } from "../../../../../network/genesis/genesis.ts";
import { consortiumGenesis } from "../../../../../network/genesis/of-consortium.ts";
import { fault } from "../../../model/fault.ts";
import { contextOf } from "../../context.ts";
import { writeWhole } from "../../files.ts";
import type { Io } from "../../io.ts";
import { fields } from "../../text.ts";

type Options = { readonly consortium: string; readonly node: string; readonly dir: string; readonly bindHost: string; readonly genesis?: string };

const help = `
Example:
  fiducial network files --consortium founding/consortium.yaml --node north --dir /etc/fiducial/node
  fiducial network files --consortium founding/consortium.yaml --node north --dir /etc/fiducial/node --genesis founding/genesis.json

Writes besu.toml, genesis.json, static-nodes.json and permissions.toml beside the node's key. Start the node with: besu --config-file=/etc/fiducial/node/besu.toml
`;

/** `fiducial network files` */
export function registerNodeFiles(network: Command, io: Io): void {
  network
    .command("files")
    .description("what one chain node needs to start, from the consortium file")
    .requiredOption("--consortium <file>", "the consortium file")
    .requiredOption("--node <name>", "name of the node in it")
    .requiredOption("--dir <folder>", "the node's folder, as Besu will see it")
    .option("--bind-host <ip>", "address the peer-to-peer listener binds to; JSON-RPC stays on loopback", "0.0.0.0")
    .option("--genesis <file>", "a genesis.json that must be the one that is written")
    .addHelpText("after", help)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const consortium = await loadConsortium(options.consortium);
      const names = nodesOf(consortium).map(({ node }) => node.name);
      if (!names.includes(options.node)) throw fault("CLI_USAGE", { why: `the consortium has no node ${options.node}; it has ${names.join(", ")}` });
      const genesis = consortiumGenesis(consortium);
      if (options.genesis !== undefined && (await readFile(options.genesis, "utf8").catch(() => "")) !== genesisText(genesis))
        throw fault("NETWORK_CEREMONY_WRONG", { problems: [`${options.genesis} is not the genesis of this consortium file`] });
      const folder = resolve(options.dir);
      await mkdir(folder, { recursive: true });
      const { texts } = nodeFiles(consortium, options.node, genesis, { folder, bindHost: options.bindHost, rpcHost: "127.0.0.1", hostAllowlist: ["localhost", "127.0.0.1"] });
      // A living node's lists are the registry's by now, carried out by its agent.
      const lists: readonly string[] = [nodeFileNames.permissions, nodeFileNames.staticNodes];
      const kept = existsSync(join(folder, nodeFileNames.data, "DATABASE_METADATA.json")) ? lists : [];
      const written = Object.keys(texts).filter((file) => !kept.includes(file));
      for (const file of written) await writeWhole(join(folder, file), texts[file] ?? "");
      context.result({ dir: folder, files: written, kept, genesisHash: blockZeroHash(genesis) }, () => fields({ written: `${written.join(", ")} in ${folder}`, kept: kept.length === 0 ? null : `${kept.join(", ")}, which the agent keeps as the registry says`, "block 0": blockZeroHash(genesis), key: `${join(folder, "key")} must be the node's key` }));
    });
}
