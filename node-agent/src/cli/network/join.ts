import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { ledgerDefaults } from "../../ledger/config.ts";
import { createRpc } from "../../ledger/rpc.ts";
import { contextOf } from "../context.ts";
import { readJson, writeWhole } from "../files.ts";
import type { Io } from "../io.ts";
import { fields } from "../text.ts";
import { countOption } from "../values.ts";
import { readBundle } from "./bundle-format.ts";
import { type Applicant, exists, keyringIn, makeKeys, placesIn } from "./join-keys.ts";
import { joinSteps } from "./join-steps.ts";
import { openDoor } from "./members-door.ts";
import { runSteps } from "./steps.ts";

type Options = Partial<Applicant> & {
  readonly dir: string;
  readonly bundle?: string;
  readonly validator: boolean;
  readonly wait?: boolean;
  readonly rpcPort: number;
  readonly wsPort: number;
  readonly metricsPort: number;
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

/** `fiducial network join` */
export function registerJoin(network: Command, io: Io): void {
  network
    .command("join")
    .description("bring this institution from nothing to a serving member; run it again to go on")
    .requiredOption("--dir <folder>", "where keys, configuration and node files go")
    .option("--name <name>", "display name of the institution (the first time)")
    .option("--endpoint <url>", "https URL under which other members reach this agent (the first time)")
    .option("--node-host <host>", "fixed IP address or host name under which other members reach the chain node (the first time)")
    .option("--node-port <port>", "its TCP port; 30303 unless given", port)
    .option("--bundle <file>", "the bundle that a member made; kept in the folder from then on")
    .option("--bind-host <host>", "address the chain node binds to", "0.0.0.0")
    .option("--rpc-port <port>", "JSON-RPC port of the node, on loopback", port, 8545)
    .option("--ws-port <port>", "WebSocket port of the node, on loopback", port, 8546)
    .option("--metrics-port <port>", "metrics port of the node, on loopback", port, 9545)
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
            `Next: give ${places.application} to a member, and tell it the openpgpSha256 by telephone. It answers with a bundle:`,
            `  fiducial network bundle --for application.json ...`,
            `  fiducial network join --dir ${dir} --bundle bundle.json --wait`,
          ].join("\n"),
        );
        return;
      }
      const bundle = readBundle(await readJson(places.bundle));
      context.note(`Bundle made by member ${bundle.content.madeBy.member} with ${bundle.content.madeBy.operator}: compare that address by telephone. Your node's registry is asked too, once it has the chain.`);
      const ports = { rpc: options.rpcPort, ws: options.wsPort, metrics: options.metricsPort, bindHost: options.bindHost };
      const rpc = createRpc({ endpoint: `http://127.0.0.1:${ports.rpc}`, timeoutMs: ledgerDefaults.timeoutMs, retries: 0 });
      const door = openDoor(await keyringIn(places), bundle);
      try {
        const steps = joinSteps({ places, application, bundle, ports, door, rpc, validator: options.validator, signal: context.signal });
        await runSteps(context, steps, { wait: options.wait === true, finished: `${application.admission.displayName} serves${options.validator ? ", and its node seals blocks" : ""}. Move ${places.governor} to a safe place off this machine.` });
      } finally {
        await door.close();
        await rpc.close();
      }
    });
}
