/** `npm run images`: has the images of a consortium on this computer, by digest, and keeps their names for `npm start -- --engines docker`. */
import { Command } from "commander";
import { type Docker, DockerFailed, DockerMissing, findDocker } from "./docker/client.ts";
import { byDigest, hasImage, type Images, imagesFile, keepImages, keptImages, publishedImages } from "./docker/images.ts";

type Options = { readonly besu: string; readonly kubo: string; readonly cluster: string; readonly node: string; readonly base?: string; readonly agent?: string; readonly buildNetwork?: string; readonly check: boolean };

const help = `
A tag is resolved once, here; what runs later is named by digest, and starting a consortium fetches nothing. Images of a registry of your own:
  npm run images -- --besu registry.example/hyperledger/besu:26.8.0 --node registry.example/node:24-bookworm-slim

Status: 0 everything is there, 1 something is not (with --check) or could not be had, 2 wrong use or no Docker, 130 stopped.
`;

const program = new Command("npm run images --")
  .description("Fetches the images of Besu, Kubo and IPFS Cluster, builds the node agent's, and keeps all four by digest.")
  .option("--besu <image>", "image of Hyperledger Besu", publishedImages.besu)
  .option("--kubo <image>", "image of Kubo", publishedImages.kubo)
  .option("--cluster <image>", "image of IPFS Cluster", publishedImages.cluster)
  .option("--node <image>", "image with Node 24 and npm, for building the agent's", publishedImages.node)
  .option("--base <image>", "what the agent's image is based on (default: the image of --node)")
  .option("--agent <image>", "use this image of the agent, and build none")
  .option("--build-network <mode>", "network of the build, which reads the npm registry; host where the daemon's own network leads nowhere")
  .option("--check", "only say what is there", false)
  .addHelpText("after", help)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();
const options = program.opts<Options>();

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopping.abort(new Error("stopped")));
const shown = { show: true, signal: stopping.signal };

/** The image by digest, fetched unless the daemon has exactly what is asked for. */
async function provide(docker: Docker, reference: string): Promise<string> {
  const fixed = /(?:^|@)sha256:[0-9a-f]{64}$/u.test(reference);
  if (!fixed || !(await hasImage(docker, reference))) await docker.call(["pull", reference], shown);
  const resolved = await byDigest(docker, reference);
  console.log(`${reference}\n  is ${resolved}`);
  return resolved;
}

async function buildAgent(docker: Docker): Promise<string> {
  const node = await provide(docker, options.node);
  const base = options.base === undefined ? node : await provide(docker, options.base);
  const tag = "fiducial-agent:local";
  const network = options.buildNetwork === undefined ? [] : ["--network", options.buildNetwork];
  await docker.call(["build", "--file", "node-agent/Dockerfile", "--tag", tag, ...network, "--build-arg", `NODE_IMAGE=${node}`, "--build-arg", `BASE_IMAGE=${base}`, "."], shown);
  const id = (await docker.call(["image", "inspect", "--format", "{{.Id}}", tag])).trim();
  console.log(`the node agent's image\n  is ${id} (${tag})`);
  return id;
}

async function check(docker: Docker): Promise<boolean> {
  const kept = await keptImages();
  if (kept === null) {
    console.log(`${imagesFile} does not exist or is not whole; make it with npm run images`);
    return false;
  }
  let whole = true;
  for (const [name, reference] of Object.entries(kept)) {
    const there = await hasImage(docker, reference);
    whole = whole && there;
    console.log(`${name}: ${reference} is ${there ? "there" : "MISSING"}`);
  }
  return whole;
}

try {
  const docker = await findDocker();
  if (options.check) process.exitCode = (await check(docker)) ? 0 : 1;
  else {
    const images: Images = {
      besu: await provide(docker, options.besu),
      kubo: await provide(docker, options.kubo),
      cluster: await provide(docker, options.cluster),
      agent: options.agent === undefined ? await buildAgent(docker) : await provide(docker, options.agent),
    };
    await keepImages(images);
    console.log(`Kept in ${imagesFile}. Next: npm start -- --engines docker`);
  }
} catch (error) {
  if (stopping.signal.aborted) {
    console.error("\nStopped; npm run images begins where Docker has come to.");
    process.exitCode = 130;
  } else {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    if (error instanceof DockerFailed) console.error("\nImages come from the registries that their names begin with; check that they can be reached, or name others with the options that --help lists.");
    process.exitCode = error instanceof DockerMissing ? 2 : 1;
  }
}
