import type { Command } from "commander";
import type { Io } from "../io.ts";
import { registerRequestCreate } from "./create.ts";
import { registerRequestList } from "./list.ts";
import { registerRequestSteer } from "./steer.ts";
import { registerRequestWait } from "./wait-command.ts";
import { registerRequestShow } from "./show.ts";

/** `fiducial request ...` */
export function registerRequest(program: Command, io: Io): void {
  const request = program.command("request").description("asking for access to a study of another hospital");
  registerRequestCreate(request, io);
  registerRequestList(request, io);
  registerRequestShow(request, io);
  registerRequestWait(request, io);
  registerRequestSteer(request, io);
}
