import { spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { dataVolume } from "../../../network/compose/agent-service.ts";
import { agentOf, besuOf } from "../../../network/compose/names.ts";
import { nodesOf } from "../../../network/consortium-file.ts";
import type { ConsortiumMember } from "../../../network/consortium-schema.ts";
import { lockFolder } from "../../../network/embedded/lock.ts";
import { blockZeroHash } from "../../../network/genesis/block-zero.ts";
import { consortiumGenesis } from "../../../network/genesis/of-consortium.ts";
import type { Docker } from "../../docker/client.ts";
import { writeAgentConfig } from "../agent-config.ts";
import type { Consortium } from "../consortium.ts";
import type { RunningChain } from "../engines/chain-engine.ts";
import { nodeSeats } from "../engines/besu-plan.ts";
import type { DockerEngine } from "./engine.ts";
import { foundConsortium } from "../found.ts";
import type { Layout, Seat } from "../layout.ts";
import { composeDir, dockerConsortium, projectOf } from "./plan.ts";
import { writeAgents, writeProject } from "./project.ts";

/** How long containers may take to become healthy, seconds. */
const patience = 600;

/** Arguments of `docker` that lead to the compose project. */
const composeArgs = (plan: Layout): string[] => ["compose", "--project-directory", composeDir(plan), "--file", join(composeDir(plan), "compose.yaml"), "--profile", "agents"];

const ofProject = async (plan: Layout, docker: Docker, ...what: string[]): Promise<string[]> =>
  (await docker.call([...what, "--quiet", "--filter", `label=com.docker.compose.project=${projectOf(plan)}`])).split("\n").filter((line) => line !== "");

/** Ends what a run left that was killed: containers live on without the program that started them. Their volumes keep the state. */
export async function endLeftovers(plan: Layout, docker: Docker): Promise<void> {
  const containers = await ofProject(plan, docker, "ps", "--all");
  if (containers.length === 0) return;
  await docker.call(["stop", "--time", "60", ...containers]);
  await docker.call(["rm", "--force", ...containers]);
}

/** Ends the containers of kept state and deletes their volumes, so that `--fresh` forgets them too. */
export async function discardContainers(plan: Layout, docker: Docker): Promise<void> {
  const ids = (...what: string[]) => ofProject(plan, docker, ...what);
  const containers = await ids("ps", "--all");
  if (containers.length > 0) await docker.call(["rm", "--force", "--volumes", ...containers]);
  const volumes = await ids("volume", "ls");
  if (volumes.length > 0) await docker.call(["volume", "rm", ...volumes]);
  const networks = await ids("network", "ls");
  if (networks.length > 0) await docker.call(["network", "rm", ...networks]);
}

/** Calls `died` with the name of every container of the project that ends. Call what is returned to stop listening. */
function watchDeaths(project: string, died: (service: string, status: string) => void): () => void {
  const child = spawn("docker", ["events", "--filter", `label=com.docker.compose.project=${project}`, "--filter", "event=die", "--format", "{{json .Actor.Attributes}}"], { stdio: ["ignore", "pipe", "ignore"] });
  child.on("error", () => {});
  createInterface({ input: child.stdout }).on("line", (line) => {
    const attributes = JSON.parse(line) as Readonly<Record<string, string>>;
    if (attributes["com.docker.compose.oneoff"] !== "True") died(attributes["com.docker.compose.service"] ?? "a container", attributes["exitCode"] ?? "?");
  });
  return () => void child.kill();
}

/**
 * The same as openConsortium on containers of the generated compose file: chain and IPFS first, the contracts deployed on them, then the agents one by
 * one. State is kept in named volumes and `plan.dir`.
 */
export async function openContainers(plan: Layout, { docker, images }: DockerEngine, note: (text: string) => void, signal: AbortSignal): Promise<Consortium> {
  await mkdir(plan.chainDir, { recursive: true, mode: 0o700 });
  await mkdir(join(plan.dir, "logs"), { recursive: true });
  const lock = lockFolder(plan.chainDir);
  const project = projectOf(plan);
  const compose = (args: readonly string[], input?: string, wanted: AbortSignal | null = signal) => docker.call([...composeArgs(plan), ...args], { ...(input === undefined ? {} : { input }), ...(wanted === null ? {} : { signal: wanted }) });
  const trouble = Promise.withResolvers<string>();
  const expected = new Set<string>();
  let closing = false;
  let up = false;
  const unwatch = watchDeaths(project, (service, status) => {
    if (!closing && !expected.has(service) && !service.endsWith("-prepare")) trouble.resolve(`the container of ${service} ended unexpectedly (${status}); its log is in ${join(plan.dir, "logs")}`);
  });
  const exitOf = async (service: string): Promise<number | null> => {
    const id = (await compose(["ps", "--all", "--quiet", service], undefined, null)).trim();
    return id === "" ? null : Number(await docker.call(["inspect", "--format", "{{.State.ExitCode}}", id]));
  };
  const keepLogs = async () => writeFile(join(plan.dir, "logs", "containers.log"), await compose(["logs", "--no-color", "--timestamps"], undefined, null));
  const wait = ["--detach", "--wait", "--wait-timeout", String(patience), "--pull", "never", "--quiet-pull"];
  /** Starts services and waits until they are healthy; when one does not become so, its last words are in the error. */
  const bringUp = async (...services: readonly string[]): Promise<void> => {
    try {
      await compose(["up", ...wait, ...services]);
    } catch (error) {
      signal.throwIfAborted();
      const words = await ailing();
      throw words === "" ? error : new Error(`These containers do not become healthy; all logs are in ${join(plan.dir, "logs")}\n${words}`, { cause: error });
    }
  };
  async function ailing(): Promise<string> {
    const rows = (await compose(["ps", "--all", "--format", "json"])).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as { readonly Service: string; readonly State: string; readonly Health: string; readonly ExitCode: number });
    const bad = rows.filter(({ Service, State, Health, ExitCode }) => Health === "unhealthy" || State === "restarting" || (State === "exited" && !(Service.endsWith("-prepare") && ExitCode === 0)));
    const said = await Promise.all(bad.map(async ({ Service }) => `${Service}:\n${(await compose(["logs", "--no-color", "--no-log-prefix", "--tail", "4", Service])).trimEnd()}`));
    return said.join("\n");
  }
  const agents = new Set<string>();

  async function stop(): Promise<string[]> {
    closing = true;
    const unclean: string[] = [];
    try {
      if (up) {
        if (agents.size > 0) await compose(["stop", ...agents], undefined, null);
        for (const service of agents) if ((await exitOf(service)) !== 0) unclean.push(service);
        await keepLogs().catch(() => {});
        await compose(["down", "--remove-orphans"], undefined, null);
      }
    } finally {
      await rm(join(plan.dir, "volumes"), { recursive: true, force: true });
      unwatch();
      lock.release();
    }
    return unclean;
  }

  try {
    const consortium = await dockerConsortium(plan, images);
    const genesis = consortiumGenesis(consortium);
    const genesisHash = blockZeroHash(genesis);
    await writeProject(plan, docker, consortium, genesis);
    const engineServices = (await compose(["config", "--services"])).split("\n").filter((name) => name !== "" && !name.endsWith("-agent"));
    note(`${engineServices.filter((name) => !name.endsWith("-prepare")).length} containers of Besu, Kubo and IPFS Cluster are starting`);
    up = true;
    const besus = nodesOf(consortium).map(({ node }) => besuOf(node));
    await bringUp(...engineServices.filter((name) => !name.endsWith("-prepare")));
    note(`${besus.length} nodes are healthy; chain ${consortium.chainId}, genesis ${genesisHash.slice(0, 10)}`);
    const seatNodes = nodeSeats(plan);
    const rpcOf = (name: string): string => `http://127.0.0.1:${seatNodes.find((one) => one.name === name)?.rpcPort}`;
    const memberOf = (seat: Seat): ConsortiumMember => consortium.members.find(({ id }) => id === seat.member) ?? missing(seat.key);
    const chain: RunningChain = {
      chainId: consortium.chainId,
      genesisHash,
      url: rpcOf(`${plan.seats[0]?.key}-1`),
      endpointOf: (seat) => rpcOf(`${seat.key}-1`),
      adminOf: () => null,
      nodesOf: (seat) =>
        memberOf(seat).nodes.map(({ publicKey, host, p2pPort, validator, ipfs, cluster }) => ({ enodeKey: `0x${publicKey}`, host, port: p2pPort, validator, ipfsPeerId: ipfs?.peerId ?? "", clusterPeerId: cluster?.peerId ?? "" }) as const),
      children: [],
      release: () => {},
    };
    const founding = await foundConsortium(plan, chain, (step) => {
      signal.throwIfAborted();
      note(step);
    }, (seat) => memberOf(seat).profile.endpoint);
    await writeAgents(plan, consortium, genesis, founding);
    // For programs on this computer that read an agent's configuration, such as scripts/verify.ts: the same, with the node as reached from here.
    for (const seat of plan.seats) await writeAgentConfig(seat, founding, { chain, pollMilliseconds: 250, storage: {} });
    const seatOf = (key: Seat["key"]): Seat => plan.seats.find((seat) => seat.key === key) ?? missing(key);

    return {
      founding,
      chain,
      broken: trouble.promise,
      stop,
      async startAgent(key) {
        const seat = seatOf(key);
        const service = agentOf(memberOf(seat));
        agents.add(service);
        await seedAccounts(seat, service);
        expected.delete(service);
        await bringUp("--no-deps", service);
      },
      async stopAgent(key) {
        const service = agentOf(memberOf(seatOf(key)));
        expected.add(service);
        await compose(["stop", service]);
        const status = await exitOf(service);
        if (status !== 0) throw new Error(`${service} did not end cleanly when asked to (${status})`);
      },
      async loseData(key) {
        const member = memberOf(seatOf(key));
        await compose(["rm", "--force", agentOf(member)]);
        await docker.call(["volume", "rm", `${project}_${dataVolume(member)}`]);
      },
      async written() {
        const dir = join(plan.dir, "volumes");
        await rm(dir, { recursive: true, force: true });
        await mkdir(dir);
        await keepLogs();
        for (const id of (await compose(["ps", "--all", "--quiet"])).split("\n").filter((line) => line !== "")) {
          const { Name: name, Mounts: mounts } = JSON.parse(await docker.call(["inspect", "--format", "{{json .}}", id])) as { readonly Name: string; readonly Mounts: readonly { readonly Type: string; readonly Name?: string; readonly Destination: string }[] };
          for (const { Type, Name = "", Destination } of mounts) if (Type === "volume") await docker.call(["cp", "--quiet", `${name.slice(1)}:${Destination}`, join(dir, `${name.slice(1)}-${Name}`)]);
        }
        return [dir, join(plan.dir, "logs"), plan.chainDir, join(composeDir(plan), "config")];
      },
    };

    /** Puts the staff's accounts, made here, into the agent's volume, unless it has some: what the agent has made of them since stays. */
    async function seedAccounts(seat: Seat, service: string): Promise<void> {
      const script = 'const fs=require("node:fs");try{fs.writeFileSync("/var/lib/fiducial/accounts/accounts.json",fs.readFileSync(0),{flag:"wx",mode:0o600})}catch(error){if(error.code!=="EEXIST")throw error}';
      await compose(["run", "--rm", "--no-deps", "--no-TTY", "--quiet-pull", "--entrypoint", "/usr/local/bin/node", service, "-e", script], await readFile(seat.accountsFile, "utf8"));
    }
  } catch (error) {
    await keepLogs().catch(() => {});
    await stop();
    throw error;
  }
}

function missing(key: string): never {
  throw new Error(`no institution ${key}`);
}
