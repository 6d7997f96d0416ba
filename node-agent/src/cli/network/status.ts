import type { Command } from "commander";
import type { ConsortiumStatus } from "../../model/consortium.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { fields, table } from "../text.ts";

const nothing = "Nothing follows the registry here: give chain.admin in the agent's configuration.";

/** `fiducial network status` */
export function registerStatus(network: Command, io: Io): void {
  network
    .command("status")
    .description("validators, votes and whatever differs from the registry, as the agent sees it")
    .addHelpText("after", "\nExample:\n  fiducial network status --user admin --password-file admin.password\n")
    .action(async (_options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const { consortium } = await (await context.client()).get<{ readonly consortium: ConsortiumStatus | null }>("/api/status");
      context.result({ consortium }, () => (consortium === null ? nothing : statusText(consortium)));
    });
}

/** A page for people. */
export function statusText({ block, targets, chain }: ConsortiumStatus): string {
  const parts: string[] = [];
  if (chain !== null) {
    const { validators, votes, candidates, refused, stall } = chain;
    parts.push(
      fields({ block: chain.head, "registry read to": block, quorum: `${chain.quorum} of ${validators.length}`, "may still fail": chain.margin, standing: stall === null ? "blocks come" : `no block for ${stall.seconds} s` }),
      table(
        ["VALIDATOR", "MEMBER", "SIGNS", ""],
        validators.map(({ address, member, signing, self }) => [address, member === null ? "nobody's" : String(member), signing ? "yes" : "NO", self ? "(here)" : ""]),
        "No validators.",
      ),
      ...(stall === null ? [] : [`Silent:\n${stall.silent.map(({ address, member, why }) => `  ${address}${member === null ? "" : ` (member ${member})`} ${why}`).join("\n") || "  none is known to be"}`]),
      ...(candidates.length === 0 ? [] : [`To become validators:\n${candidates.map(({ address, member, followedBlocks, ofBlocks }) => `  ${address} (member ${member}): followed ${followedBlocks} of ${ofBlocks} blocks`).join("\n")}`]),
      ...(votes.length === 0 ? [] : [`Votes under way:\n${votes.map(({ validator, add, castBy, needed }) => `  ${add ? "add" : "remove"} ${validator}: ${castBy.length} of ${needed} needed`).join("\n")}`]),
      ...(refused.length === 0 ? [] : [`Not done, because the chain would stand still:\n${refused.map(({ reason }) => `  ${reason}`).join("\n")}`]),
    );
  }
  for (const { name, error, drift, notes } of targets) {
    const lines = [...(error === null ? [] : [`cannot be looked at: ${error}`]), ...drift.map(({ kind, subject, detail }) => `${kind} ${subject}: ${detail}`), ...notes];
    parts.push(`${name}: ${lines.length === 0 ? "as the registry says" : ""}${lines.map((line) => `\n  ${line}`).join("")}`);
  }
  return parts.join("\n\n");
}
