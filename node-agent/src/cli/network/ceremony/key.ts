import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { nodeKeyOf } from "../../../../../network/besu/node-key.ts";
import { type Applicant, makeSubmission } from "../../../../../network/ceremony/submission.ts";
import { readSecret } from "../../../config/secret.ts";
import { fault } from "../../../model/fault.ts";
import { contextOf } from "../../context.ts";
import { makeKeyFile } from "../../key-file.ts";
import { writeNew, writeWhole } from "../../files.ts";
import type { Io } from "../../io.ts";
import { fields } from "../../text.ts";
import { countOption } from "../../values.ts";
import { ipfsIdentitiesIn } from "../ipfs-keys.ts";
import { exists, governorIn, makeKeys, placesIn } from "../join-keys.ts";

type Options = { readonly dir: string; readonly name: string; readonly node: string; readonly nodeHost: string; readonly nodePort: number; readonly endpoint?: string; readonly observer?: boolean; readonly ipfs?: boolean };

const help = `
Examples:
  fiducial network key --dir /etc/fiducial --name "Hospital North" --node north --node-host 192.0.2.10 --endpoint https://agent.north.example:8443
  fiducial network key --dir /etc/fiducial --ipfs --name "Hospital South" --node south --node-host 192.0.2.20 --endpoint https://agent.south.example:8443
  fiducial network key --dir /etc/fiducial --observer --name Regulator --node regulator --node-host 192.0.2.50

Makes what is missing (keyring, governor's key, node key, with --ipfs the seeds of Kubo and cluster peer) and submission.json, which holds no secret: give it to whoever assembles the founding. Keys are never
overwritten; run it again to change name or addresses. They stay on this machine.
`;

/** An observer has no keyring: its governor's and its node's key are all. */
async function observerKeys(dir: string): Promise<void> {
  const places = placesIn(dir);
  await mkdir(places.node, { recursive: true, mode: 0o700 });
  if (!(await exists(places.governor))) await makeKeyFile(places.governor);
  if (await exists(places.nodeKey)) return;
  const { newNodeKey } = await import("../../../../../network/besu/node-key.ts");
  await writeNew(places.nodeKey, newNodeKey().secret);
}

/** `fiducial network key` */
export function registerFoundingKey(network: Command, io: Io): void {
  network
    .command("key")
    .description("founding, first step of each member: make its keys and its signed submission")
    .requiredOption("--dir <folder>", "where keys and submission go")
    .requiredOption("--name <name>", "display name of the institution")
    .requiredOption("--node <name>", "name of its chain node: lower-case letters, digits, dashes")
    .requiredOption("--node-host <ip>", "fixed IPv4 address under which other members reach the chain node")
    .option("--node-port <port>", "its TCP port", countOption(1, 65_535), 30_303)
    .option("--endpoint <url>", "https URL under which other members reach the agent; a hospital needs it")
    .option("--ipfs", "a Kubo node and a cluster peer run beside the chain node: make their identities too")
    .option("--observer", "this institution reads and does not write: a regulator")
    .addHelpText("after", help)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const dir = resolve(options.dir);
      const places = placesIn(dir);
      const { name, observer = false } = options;
      let kind: Pick<Applicant, "kind" | "operators" | "profile"> | { readonly kind: "observer" } = { kind: "observer" };
      if (observer) await observerKeys(dir);
      else {
        if (options.endpoint === undefined) throw fault("CLI_USAGE", { why: "a hospital needs --endpoint; a regulator is given with --observer" });
        const { admission } = await makeKeys(places, dir, { name, endpoint: options.endpoint, nodeHost: options.nodeHost, nodePort: options.nodePort });
        kind = { kind: "hospital", operators: [admission.operator], profile: { endpoint: admission.endpoint, openpgpSha256: admission.openpgpSha256, spkiSha256: admission.spkiSha256 } };
      }
      const node = nodeKeyOf((await readSecret("node key", places.nodeKey)).toString("utf8"));
      const governor = await governorIn(places);
      const peers = options.ipfs === true ? await ipfsIdentitiesIn(places.ipfs) : null;
      const beside = peers === null ? {} : { ipfs: { peerId: peers.kubo.peerId }, cluster: { peerId: peers.cluster.peerId } };
      const submission = makeSubmission(
        { ...kind, name, governor: governor.address, nodes: [{ name: options.node, publicKey: node.publicKey, host: options.nodeHost, p2pPort: options.nodePort, validator: !observer, ...beside }] },
        { nodes: [node.secret], governor: governor.key.toString("hex") },
      );
      const file = join(dir, "submission.json");
      await writeWhole(file, `${JSON.stringify(submission, null, 2)}\n`);
      const said = { submission: file, node: node.publicKey, address: node.address, governor: governor.address };
      context.result(said, () => `${fields(said)}\n\nGive ${file} to whoever assembles the founding; compare the addresses by telephone. Keys stay in ${dir}.`);
    });
}
