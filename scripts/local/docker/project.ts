import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { agentConfig, agentSecrets, type Deployed } from "../../../network/compose/agent-service.ts";
import { besuFiles } from "../../../network/compose/besu-service.ts";
import { composeAddresses, composeFile, composeText, secretFiles } from "../../../network/compose/compose.ts";
import { agentOf, besuOf, hasIpfs } from "../../../network/compose/names.ts";
import { ipfsSecretTexts } from "../../../network/compose/ipfs-services.ts";
import { nodesOf } from "../../../network/consortium-file.ts";
import type { Consortium } from "../../../network/consortium-schema.ts";
import type { Genesis } from "../../../network/genesis/genesis.ts";
import { readFile } from "node:fs/promises";
import { stringify } from "yaml";
import type { Docker } from "../../docker/client.ts";
import { keptNodeKey, nodeSeats } from "../engines/besu-plan.ts";
import type { Layout, Seat } from "../layout.ts";
import { composeDir, ipfsKeys, ownNetworksOf, projectOf } from "./plan.ts";

/** Appears under its name only whole, whoever owns an earlier one. */
async function put(file: string, text: string | Uint8Array, mode = 0o644): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, text, { mode });
  await rename(`${file}.new`, file);
}

const seatOfMember = (plan: Layout, member: number): Seat => {
  const seat = plan.seats.find((one) => one.member === member);
  if (seat === undefined) throw new Error(`no institution ${member}`);
  return seat;
};

/** Every secret by name: each container sees its own ones only. */
async function secretTexts(plan: Layout, consortium: Consortium): Promise<Map<string, string | Uint8Array>> {
  const addresses = composeAddresses(consortium, ownNetworksOf(plan));
  const texts = new Map<string, string | Uint8Array>();
  for (const { member, node } of nodesOf(consortium)) {
    texts.set(besuOf(node), (await keptNodeKey(plan, node.name)).secret);
    if (hasIpfs(node)) for (const [name, text] of Object.entries(ipfsSecretTexts({ consortium, addresses, member, node }, await ipfsKeys(plan, seatOfMember(plan, member.id))))) texts.set(name, text);
  }
  for (const member of consortium.members) {
    const seat = seatOfMember(plan, member.id);
    for (const { source, target } of agentSecrets(member)) {
      if (target.endsWith("keyring.sealed")) texts.set(source, await readFile(join(seat.keyringDir, "keyring.sealed")));
      else if (target.endsWith("passphrase")) texts.set(source, await readFile(seat.passphraseFile));
      else texts.set(source, (await ipfsKeys(plan, seat)).restPassword);
    }
  }
  return texts;
}

/** Run in a container as root with the one power to give files away: a secret belongs to the user of the container that reads it, whoever runs npm start. */
const giveAway = `const fs=require("node:fs");for(const{name,owner}of JSON.parse(process.argv[1])){const[user,group]=owner.split(":").map(Number);fs.chmodSync("/secrets/"+name,0o400);fs.chownSync("/secrets/"+name,user,group)}`;

/** Writes compose.yaml and everything it refers to but the agents' configuration. To be called while the containers are down. */
export async function writeProject(plan: Layout, docker: Docker, consortium: Consortium, genesis: Genesis): Promise<void> {
  const dir = composeDir(plan);
  const ports = new Map(nodeSeats(plan).map(({ name, rpcPort }) => [name, rpcPort]));
  const file = composeFile({
    consortium,
    project: projectOf(plan),
    published: {
      agent: ({ id }) => ({ clinical: seatOfMember(plan, id).clinicalPort, ops: seatOfMember(plan, id).opsPort }),
      rpc: ({ name }) => ports.get(name) ?? null,
    },
    heapMegabytes: 512,
    ownNetworks: ownNetworksOf(plan),
  });
  await put(join(dir, "compose.yaml"), composeText(file));
  const addresses = composeAddresses(consortium, ownNetworksOf(plan));
  for (const { member, node } of nodesOf(consortium)) for (const [name, text] of Object.entries(besuFiles({ consortium, addresses, member, node, genesis }))) await put(join(dir, name), text);
  const secrets = join(dir, "secrets");
  await rm(secrets, { recursive: true, force: true });
  await mkdir(secrets, { mode: 0o700, recursive: true });
  for (const [name, text] of await secretTexts(plan, consortium)) await put(join(secrets, name), text, 0o600);
  for (const { id } of consortium.members) await mkdir(join(dir, "config", agentOf({ id } as Consortium["members"][number])), { recursive: true });
  const image = consortium.images?.agent ?? "";
  await docker.call(["run", "--rm", "--network", "none", "--user", "0:0", "--read-only", "--cap-drop", "ALL", "--cap-add", "CHOWN", "--cap-add", "FOWNER", "--cap-add", "DAC_OVERRIDE", "--volume", `${secrets}:/secrets`, "--entrypoint", "/usr/local/bin/node", image, "-e", giveAway, JSON.stringify(secretFiles(consortium))]);
}

/** Writes the configuration of every agent, once the contracts are there. */
export async function writeAgents(plan: Layout, consortium: Consortium, deployed: Deployed): Promise<void> {
  const addresses = composeAddresses(consortium, ownNetworksOf(plan));
  for (const member of consortium.members) {
    const config = agentConfig(member, addresses, deployed, { pollMilliseconds: 250, settleSeconds: 3, minFreeBytes: 200_000_000 });
    await put(join(composeDir(plan), "config", agentOf(member), "agent.yaml"), `# Written by npm start for the local consortium.\n${stringify(config)}`);
  }
}
