import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { fault } from "../../model/fault.ts";
import { type Recorded, recordedText } from "../api.ts";
import type { Client } from "../client.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { proposalOption } from "../values.ts";
import { getProposal } from "./council-api.ts";

/** States from which the wanted one may still come. */
const ahead = { queue: ["pending", "active"], execute: ["pending", "active", "succeeded", "queued"] } as const;

/** Waits for the moment at which the step is possible; gives up where it can never come. */
async function ripe(client: Client, reference: string, step: "queue" | "execute", signal: AbortSignal): Promise<void> {
  for (;;) {
    const { standing, number, now } = await getProposal(client, reference);
    const { state, eta } = standing;
    if (state === (step === "queue" ? "succeeded" : "queued") && (step === "queue" || (eta ?? 0) <= now)) return;
    if (!(ahead[step] as readonly string[]).includes(state)) throw fault("PROPOSAL_STATE", { proposal: `p${number}`, state, wanted: step === "queue" ? "succeeded" : "queued", when: "" });
    await sleep(500, undefined, { signal });
  }
}

/** `fiducial member queue` and `fiducial member execute` */
export function registerAdvance(member: Command, io: Io): void {
  const steps = [
    ["queue", "queue a carried proposal: its delay begins. Anybody may; no governor's key is needed"],
    ["execute", "carry out a queued proposal whose delay has passed. Anybody may; no governor's key is needed"],
  ] as const;
  for (const [step, description] of steps)
    member
      .command(step)
      .description(description)
      .argument("<proposal>", "p1, p2, ... as `fiducial member list` shows them", proposalOption)
      .option("--wait", "wait until it is possible")
      .action(async (reference: string, options: { readonly wait?: boolean }, command: Command) => {
        const context = contextOf(command, io);
        const client = await context.client();
        if (options.wait === true) await ripe(client, reference, step, context.signal);
        const recorded = await client.post<Recorded>(`/api/proposals/${reference}/${step}`, {});
        context.result(recorded, () => recordedText(recorded, step === "queue" ? "Queued" : "Carried out"));
      });
}
