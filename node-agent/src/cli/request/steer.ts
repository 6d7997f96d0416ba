import type { Command } from "commander";
import type { RequestDetail } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { hex32Option } from "../values.ts";
import { requestText } from "./wait.ts";

const ways = [
  { name: "pause", description: "hold a fetch back; what has arrived stays, and is readable as far as it was" },
  { name: "resume", description: "let a paused or cancelled fetch go on" },
  { name: "cancel", description: "give a fetch up and remove what has arrived; the grant stays" },
] as const;

/** `fiducial request pause`, `resume` and `cancel` */
export function registerRequestSteer(request: Command, io: Io): void {
  for (const { name, description } of ways)
    request
      .command(name)
      .description(description)
      .argument("<request>", "request id", hex32Option)
      .action(async (id: string, _options: object, command: Command) => {
        const context = contextOf(command, io);
        const now = await (await context.client()).post<RequestDetail>(`/api/requests/${id}/${name}`, {});
        context.result(now, () => requestText(now));
      });
}
