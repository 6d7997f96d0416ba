import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { isNodeHost } from "../../consortium/enode.ts";
import { ledgerDefaults } from "../../ledger/config.ts";
import { createRpc } from "../../ledger/rpc.ts";
import { contextOf } from "../context.ts";
import { readJson, writeWhole } from "../files.ts";
import type { Io } from "../io.ts";
import { fields } from "../text.ts";
import { countOption } from "../values.ts";
import { readBundle } from "./bundle-format.ts";
import { type Applicant, exists, keyringIn, makeKeys, type Places, placesIn } from "./join-keys.ts";
import { portsOf } from "./join-ports.ts";
import { joinSteps } from "./join-steps.ts";
import { openDoor } from "./members-door.ts";
import { runSteps } from "./steps.ts";

type Options = Partial<Applicant> & {
  readonly dir: string;
  readonly bundle?: string;
  readonly validator: boolean;
  readonly wait?: boolean;
  readonly rpcPort?: number;
  readonly wsPort?: number;
  readonly metricsPort?: number;
  readonly bindHost: string;
};

const help = `
Examples:
  fiducial network join --dir /etc/fiducial --name "St. Anna" --endpoint https://images.st-anna.example:8443 --node-host 192.0.2.7
  fiducial network join --dir /etc/fiducial --bundle bundle.json --wait

The first command makes the keys and application.json; a member makes a bundle from it (fiducial network bundle) and proposes the admission. The second goes on from there:
node files, admission by vote, registration, sync, doctor, candidate, validator. It prints where it stands and what to do, may be stopped at any time, and goes on when
it is run again. Keep governor.key: it votes for the institution and belongs off this machine once it has joined.
`;

const port = countOption(1, 65_535);

function endpointOption(text: string): string {
  if (!URL.canParse(text) || new URL(text).protocol !== "https:") throw new InvalidArgumentError("an https URL with the port of the peer listener, https://images.st-anna.example:8443 for instance.");
  return text;
}

function hostOption(text: string): string {
  if (!isNodeHost(text)) throw new InvalidArgumentError("an IP address or a host name, without port or scheme.");
  return text;
}

/** What is left to people once every step is done. */
function finishedText(name: string, places: Places, validator: boolean, ipfs: boolean): string {
  return [
    `${name} serves${validator ? ", and its node seals blocks" : ""}. Move ${places.governor} to a safe place off this machine: it is the institution's vote.`,
    `First account, if there is none yet:  fiducial agent account add admin --roles admin --password-file FILE --config ${places.config}`,
    ...(ipfs ? [`IPFS: start Kubo and the cluster peer with the secrets in ${places.ipfs}, then register them:`, `  fiducial member nodes change KEY --ipfs ID --cluster ID --config ${places.config} --key-file governor.key`] : []),
  ].join("\n");
}

/** `fiducial network join` */
export function registerJoin(network: Command, io: Io): void {
  network
    .command("join")
    .description("bring this institution from nothing to a serving member; run it again to go on")
    .requiredOption("--dir <folder>", "where keys, configuration and node files go")
    .option("--name <name>", "display name of the institution (the first time)")
    .option("--endpoint <url>", "https URL under which other members reach this agent (the first time)", endpointOption)
    .option("--node-host <host>", "fixed IP address or host name under which other members reach the chain node (the first time)", hostOption)
    .option("--node-port <port>", "its TCP port; 30303 unless given", port)
    .option("--bundle <file>", "the bundle that a member made; kept in the folder from then on")
    .option("--bind-host <host>", "address the chain node binds to", "0.0.0.0")
    .option("--rpc-port <port>", "JSON-RPC port of the node, on loopback; 8545 unless given, kept in node/besu.toml from then on", port)
    .option("--ws-port <port>", "WebSocket port of the node, on loopback; 8546 unless given", port)
    .option("--metrics-port <port>", "metrics port of the node, on loopback; 9545 unless given", port)
    .option("--no-validator", "keep a node that follows, without a validator's vote on blocks")
    .option("--wait", "keep looking and go on until all is done")
    .addHelpText("after", help)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const dir = resolve(options.dir);
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const places = placesIn(dir);
      const application = await makeKeys(places, dir, options);
      if (options.bundle !== undefined) await writeWhole(places.bundle, `${JSON.stringify(readBundle(await readJson(options.bundle)), null, 2)}\n`);
      if (!(await exists(places.bundle))) {
        context.result({ finished: false, application: places.application, admission: application.admission, governor: application.governor, enode: application.enode }, () =>
          [
            `Keys are in ${dir}. Back up keyring and passphrase, apart from each other, and governor.key.`,
            "",
            "For your admission:",
            fields({ ...application.admission, governor: application.governor, enode: application.enode }),
            "",
            `Next: give ${places.application} to a member, and tell it the openpgpSha256 by telephone. Nothing in the file is secret.`,
            "The member proposes the admission and makes a bundle:",
            "  fiducial network bundle --for application.json ...",
            "With the bundle it hands you, go on here:",
            `  fiducial network join --dir ${dir} --bundle bundle.json --wait`,
          ].join("\n"),
        );
        return;
      }
      const bundle = readBundle(await readJson(places.bundle));
      context.note(`Bundle made by member ${bundle.content.madeBy.member} with ${bundle.content.madeBy.operator}: compare that address by telephone. Your node's registry is asked too, once it has the chain.`);
      const ports = await portsOf(places, { rpc: options.rpcPort ?? null, ws: options.wsPort ?? null, metrics: options.metricsPort ?? null, bindHost: options.bindHost });
      const rpc = createRpc({ endpoint: `http://127.0.0.1:${ports.rpc}`, timeoutMs: ledgerDefaults.timeoutMs, retries: 0 });
      const door = openDoor(await keyringIn(places), bundle);
      try {
        const steps = joinSteps({ places, application, bundle, ports, door, rpc, validator: options.validator, signal: context.signal });
        await runSteps(context, steps, { wait: options.wait === true, finished: finishedText(application.admission.displayName, places, options.validator, bundle.content.ipfs !== null) });
      } finally {
        await door.close();
        await rpc.close();
      }
    });
}
