import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Deployed } from "../../../network/compose/agent-service.ts";
import { type ComposeInput, secretFiles } from "../../../network/compose/compose.ts";
import { agentFolder, projectFiles } from "../../../network/compose/project.ts";
import { secretTexts } from "../../../network/compose/secrets.ts";
import type { Consortium } from "../../../network/consortium-schema.ts";
import type { Genesis } from "../../../network/genesis/genesis.ts";
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

/** Secrets of all institutions, since all are on this computer: each container sees its own ones only. */
const secretsOf = (plan: Layout, consortium: Consortium): ReturnType<typeof secretTexts> =>
  secretTexts(
    consortium,
    {
      nodeKey: async ({ name }) => (await keptNodeKey(plan, name)).secret,
      ipfs: (_node, { id }) => ipfsKeys(plan, seatOfMember(plan, id)),
      async keyring({ id }) {
        const { keyringDir, passphraseFile } = seatOfMember(plan, id);
        return { sealed: await readFile(join(keyringDir, "keyring.sealed")), passphrase: await readFile(passphraseFile) };
      },
    },
    ownNetworksOf(plan),
  );

function inputOf(plan: Layout, consortium: Consortium): ComposeInput {
  const ports = new Map(nodeSeats(plan).map(({ name, rpcPort }) => [name, rpcPort]));
  return {
    consortium,
    project: projectOf(plan),
    published: {
      agent: ({ id }) => ({ clinical: seatOfMember(plan, id).clinicalPort, ops: seatOfMember(plan, id).opsPort }),
      rpc: ({ name }) => ports.get(name) ?? null,
    },
    heapMegabytes: 512,
    ownNetworks: ownNetworksOf(plan),
  };
}

/** Everything without a secret in it; with `deployed` the agents' configuration as well. */
async function writeOpen(plan: Layout, consortium: Consortium, genesis: Genesis, deployed: Deployed | null): Promise<void> {
  const habits = { pollMilliseconds: 250, settleSeconds: 3, minFreeBytes: 200_000_000 };
  for (const [path, text] of Object.entries(projectFiles({ ...inputOf(plan, consortium), genesis, deployed, habits }))) await put(join(composeDir(plan), path), text);
}

/** Run in a container as root with the one power to give files away: a secret belongs to the user of the container that reads it, whoever runs npm start. */
const giveAway = `const fs=require("node:fs");for(const{name,owner}of JSON.parse(process.argv[1])){const[user,group]=owner.split(":").map(Number);fs.chmodSync("/secrets/"+name,0o400);fs.chownSync("/secrets/"+name,user,group)}`;

/** Writes compose.yaml and everything it refers to but the agents' configuration. To be called while the containers are down. */
export async function writeProject(plan: Layout, docker: Docker, consortium: Consortium, genesis: Genesis): Promise<void> {
  const dir = composeDir(plan);
  await writeOpen(plan, consortium, genesis, null);
  const secrets = join(dir, "secrets");
  await rm(secrets, { recursive: true, force: true });
  await mkdir(secrets, { mode: 0o700, recursive: true });
  for (const [name, text] of await secretsOf(plan, consortium)) await put(join(secrets, name), text, 0o600);
  for (const member of consortium.members) await mkdir(join(dir, agentFolder(member)), { recursive: true });
  const image = consortium.images?.agent ?? "";
  await docker.call(["run", "--rm", "--network", "none", "--user", "0:0", "--read-only", "--cap-drop", "ALL", "--cap-add", "CHOWN", "--cap-add", "FOWNER", "--cap-add", "DAC_OVERRIDE", "--volume", `${secrets}:/secrets`, "--entrypoint", "/usr/local/bin/node", image, "-e", giveAway, JSON.stringify(secretFiles(consortium))]);
}

/** Writes the configuration of every agent, once the contracts are there. */
export const writeAgents = (plan: Layout, consortium: Consortium, genesis: Genesis, deployed: Deployed): Promise<void> => writeOpen(plan, consortium, genesis, deployed);
