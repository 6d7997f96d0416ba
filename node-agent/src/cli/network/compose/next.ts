import type { Published } from "../../../../../network/compose/compose.ts";
import { enodeOf } from "../../../../../network/besu/node-key.ts";
import { agentProgram } from "../../../../../network/compose/besu-service.ts";
import { agentOf, hasIpfs } from "../../../../../network/compose/names.ts";
import { agentFolder } from "../../../../../network/compose/project.ts";
import { nodesOf } from "../../../../../network/consortium-file.ts";
import type { Consortium } from "../../../../../network/consortium-schema.ts";
import type { Outcome } from "./place.ts";

export type NextInput = {
  readonly consortium: Consortium;
  readonly published: Published;
  /** The folder of the project, the consortium file and the command itself as the operator gave them. */
  readonly out: string;
  readonly file: string;
  readonly again: string;
  readonly missing: readonly { readonly name: string; readonly owner: string }[];
  readonly mustBeGiven: Outcome["mustBeGiven"];
  readonly agents: boolean;
};

const block = (title: string, ...lines: readonly string[]): string => [title, ...lines.map((line) => `     ${line}`)].join("\n");

/** What the operator does next, in order, as commands to copy. */
export function nextSteps({ consortium, published, out, file, again, missing, mustBeGiven, agents }: NextInput): string {
  const compose = `docker compose --project-directory ${out}`;
  const steps: string[] = [];
  const rpc = nodesOf(consortium).flatMap(({ member, node }) => (member.kind === "hospital" ? (published.rpc(node) ?? []) : []))[0];
  // An observer's node takes no transaction.
  const takesWrites = rpc === undefined ? "--rpc URL-OF-A-HOSPITALS-NODE" : `--rpc http://127.0.0.1:${rpc}`;
  if (missing.length > 0) steps.push(block(`Put these secrets into ${out}/secrets, each readable by the user shown alone (mode 0400):`, ...missing.map(({ name, owner }) => `${name}  (${owner})`)));
  if (mustBeGiven.length > 0)
    steps.push(block("Give each secret to the user of the container that reads it:", ...mustBeGiven.flatMap(({ owner, paths }) => [`(cd ${out} && sudo chown ${owner} ${paths.join(" ")} && sudo chmod 0400 ${paths.join(" ")})`])));
  if (agents) {
    steps.push(block("Start everything; it may take minutes until all is healthy:", `${compose} --profile agents up --detach --wait`));
    steps.push(
      block(
        "Register every node, each with its member's governor's key: until then no agent carries membership out, and Kubos and cluster peers let one another go:",
        ...nodesOf(consortium).map(({ member, node }) =>
          [`fiducial member nodes add ${enodeOf(node)}`, ...(node.validator && member.kind === "hospital" ? ["--validator"] : []), ...(hasIpfs(node) ? [`--ipfs ${node.ipfs.peerId}`, `--cluster ${node.cluster.peerId}`] : []), ...(member.kind === "hospital" ? [] : [takesWrites]), `--config ${out}/${agentFolder(member)}/agent.yaml --key-file THE-GOVERNOR-KEY-OF-${node.name}`].join(" "),
        ),
      ),
    );
    const [first] = consortium.members;
    if (first !== undefined)
      steps.push(block("Make the first account of each institution, with a password of your choice in a file:", `${compose} exec --no-TTY ${agentOf(first)} /usr/local/bin/node ${agentProgram} agent account add admin --roles admin --password-file /dev/stdin --config /etc/fiducial/agent.yaml < admin.password`));
  } else {
    steps.push(block("Start the chain and, where there are any, Kubo and cluster peers:", `${compose} up --detach --wait`));
    steps.push(
      rpc === undefined
        ? "Deploy the contracts through a node's JSON-RPC, which this file publishes nowhere (node scripts/deploy.ts --help)."
        : block("Deploy the contracts, once for all members:", `node scripts/deploy.ts --rpc http://127.0.0.1:${rpc} --consortium ${file} --out ${out}/contracts.json`),
      block("Write the agents' configuration, which names the contracts:", `${again} --contracts ${out}/contracts.json`),
    );
  }
  return steps.map((step, at) => `${at + 1}. ${step}`).join("\n");
}
