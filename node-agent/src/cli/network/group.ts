import type { Command } from "commander";
import type { Io } from "../io.ts";
import { registerJoin } from "./join.ts";
import { registerLeave } from "./leave.ts";
import { registerBundle } from "./make-bundle.ts";
import { registerRotateKey } from "./rotate-key.ts";

/** `fiducial network ...` */
export function registerNetwork(program: Command, io: Io): void {
  const network = program.command("network").description("the consortium's network of chain nodes: joining, leaving, rotating keys");
  registerBundle(network, io);
  registerJoin(network, io);
  registerLeave(network, io);
  registerRotateKey(network, io);
}
