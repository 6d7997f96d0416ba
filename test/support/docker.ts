import type { ExecutionContext } from "ava";
import { type Docker, DockerMissing, findDocker } from "../../scripts/docker/client.ts";
import { skipLoudly } from "./skip.ts";

/** A Docker whose daemon answers and that has the compose plugin, or null after a loud skip. */
export async function dockerOrSkip(t: ExecutionContext): Promise<Docker | null> {
  try {
    return await findDocker();
  } catch (error) {
    if (!(error instanceof DockerMissing)) throw error;
    skipLoudly(t, `no Docker: ${error.message.split("\n")[0]}`);
    return null;
  }
}
