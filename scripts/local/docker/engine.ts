import { type Docker, DockerMissing, findDocker } from "../../docker/client.ts";
import { hasImage, type Images, imagesFile, keptImages } from "../../docker/images.ts";
import type { BlockEngine } from "../engines/block-engine.ts";
import type { ChainEngine } from "../engines/chain-engine.ts";
import { nodeSeats } from "../engines/besu-plan.ts";
import { Refusal } from "../preflight.ts";

/** Docker, and the image of each part. */
export type DockerEngine = { readonly docker: Docker; readonly images: Images };

/** What people are told of an engine, and which ports it takes. */
export type Told<Engine extends { readonly name: string; readonly description: string; readonly ports: unknown }> = Pick<Engine, "name" | "description" | "ports">;

export const dockerChain = ({ docker }: DockerEngine): Told<ChainEngine> => ({
  name: "docker",
  description: `containers of Docker ${docker.server}: four Besu validators and the regulator's observer`,
  ports: (plan) => nodeSeats(plan).map(({ name, rpcPort }) => ({ port: rpcPort, who: `Besu ${name}, JSON-RPC` })),
});

export const dockerBlocks: Told<BlockEngine> = { name: "docker", description: "containers: a private Kubo and an IPFS Cluster peer for each hospital", ports: () => [] };

/** Finds the daemon and the images that `npm run images` resolved; nothing is fetched. Throws Refusal with what to do. */
export async function chooseDocker(environment: NodeJS.ProcessEnv, file: string = imagesFile): Promise<DockerEngine> {
  const docker = await findDocker(environment).catch((error: unknown) => {
    throw error instanceof DockerMissing ? new Refusal(`${error.message}\nWithout --engines everything runs on the embedded engines, which need nothing.`) : error;
  });
  const images = await keptImages(file);
  if (images === null) throw new Refusal("No images have been chosen yet. npm run images fetches those of Besu, Kubo and IPFS Cluster, builds the agent's, and keeps their digests; then try again.");
  const missing: string[] = [];
  for (const [name, reference] of Object.entries(images)) if (!(await hasImage(docker, reference))) missing.push(`${name} (${reference})`);
  if (missing.length > 0) throw new Refusal(`Docker does not have the image of ${missing.join(", ")}. npm run images fetches or builds what is missing.`);
  return { docker, images };
}
