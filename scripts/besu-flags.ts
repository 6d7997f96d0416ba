/** Reads which options the Besu of this machine has and writes them to network/besu/flags.generated.ts: `node scripts/besu-flags.ts`, after the pin moved. */
import { writeFile } from "node:fs/promises";
import { findBesu } from "../network/local/find-besu.ts";
import { besuFlags, flagsText } from "./generate/besu-flags.ts";

const besu = await findBesu();
await writeFile("network/besu/flags.generated.ts", flagsText(besu.version, await besuFlags(besu)));
