import type { ExecutionContext } from "ava";
import { isFault } from "../../node-agent/src/model/fault.ts";
import { type Besu, findBesu } from "../../network/local/find-besu.ts";
import { skipLoudly } from "./skip.ts";

/** The Besu of this machine, or null after the test has been counted as skipped, loudly. */
export async function besuOrSkip(t: ExecutionContext): Promise<Besu | null> {
  try {
    return await findBesu();
  } catch (error) {
    if (!isFault(error, "NETWORK_BESU_MISSING")) throw error;
    skipLoudly(t, `Besu (${error.message})`);
    return null;
  }
}
