import type { Command } from "commander";
import type { Io } from "../io.ts";
import { registerFoundingGenesis } from "./ceremony/genesis.ts";
import { registerFoundingKey } from "./ceremony/key.ts";
import { registerIpfsFiles } from "./ceremony/ipfs-files.ts";
import { registerNodeFiles } from "./ceremony/node-files.ts";
import { registerFoundingSign } from "./ceremony/sign.ts";
import { registerFoundingVerify } from "./ceremony/verify.ts";
import { registerCompose } from "./compose/command.ts";
import { registerJoin } from "./join.ts";
import { registerLeave } from "./leave.ts";
import { registerLint } from "./lint.ts";
import { registerBundle } from "./make-bundle.ts";
import { registerRotateKey } from "./rotate-key.ts";
import { registerStatus } from "./status.ts";

/** `fiducial network ...` */
export function registerNetwork(program: Command, io: Io): void {
  const network = program.command("network").description("the consortium's network of chain nodes: founding, joining, leaving, rotating keys");
  registerFoundingKey(network, io);
  registerFoundingGenesis(network, io);
  registerFoundingSign(network, io);
  registerFoundingVerify(network, io);
  registerNodeFiles(network, io);
  registerIpfsFiles(network, io);
  registerCompose(network, io);
  registerLint(network, io);
  registerBundle(network, io);
  registerJoin(network, io);
  registerLeave(network, io);
  registerRotateKey(network, io);
  registerStatus(network, io);
}
