import { spawn } from "node:child_process";

type Environment = Readonly<Record<string, string | undefined>>;

/** Docker cannot be used as this computer is; the message says what to do. */
export class DockerMissing extends Error {
  override readonly name = "DockerMissing";
}

/** A command of Docker that failed; the message holds its last words. */
export class DockerFailed extends Error {
  override readonly name = "DockerFailed";
}

export type DockerCall = {
  /** Written to the command's standard input. */
  readonly input?: Uint8Array | string;
  /** Ends the command. */
  readonly signal?: AbortSignal;
  /** Shows what the command says to people as it goes on; its answer is then empty. */
  readonly show?: boolean;
};

/** A Docker whose daemon answers, with the compose plugin. */
export type Docker = {
  readonly server: string;
  readonly compose: string;
  /** Runs `docker` with these arguments and gives its standard output. Throws DockerFailed. */
  call(args: readonly string[], options?: DockerCall): Promise<string>;
};

type Ended = { readonly status: number; readonly out: Buffer; readonly words: string };

/** Runs a program to its end. Rejects only when it cannot be started. */
function run(command: string, args: readonly string[], environment: Environment, { input, signal, show = false }: DockerCall): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: environment as NodeJS.ProcessEnv, stdio: [input === undefined ? "ignore" : "pipe", show ? "inherit" : "pipe", show ? "inherit" : "pipe"], ...(signal === undefined ? {} : { signal }) });
    const out: Buffer[] = [];
    let words = "";
    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-4000);
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ status: code ?? 1, out: Buffer.concat(out), words: words.trim() }));
    child.stdin?.on("error", () => {}); // it ended early: its status tells
    if (input !== undefined) child.stdin?.end(input);
  });
}

const lastLine = (words: string): string => words.split("\n").filter((line) => line.trim() !== "").at(-1)?.trim() ?? "it said nothing";

/**
 * Finds `docker` on the PATH, asks its daemon (DOCKER_HOST or the context decide which) and its compose plugin for their versions.
 * Throws DockerMissing with what to do.
 */
export async function findDocker(environment: Environment = process.env): Promise<Docker> {
  const probe = { signal: AbortSignal.timeout(60_000) };
  const daemon = await run("docker", ["version", "--format", "{{.Server.Version}}"], environment, probe).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new DockerMissing("Docker is not on the PATH. Install Docker Engine with its compose plugin (https://docs.docker.com/engine/install), then try again.");
    throw new DockerMissing(`docker does not answer (${error.code ?? error.name}). Start the daemon, for instance with: sudo systemctl start docker`);
  });
  const server = daemon.out.toString().trim();
  if (daemon.status !== 0 || server === "")
    throw new DockerMissing(`No Docker daemon answers: ${lastLine(daemon.words)}\nStart it (sudo systemctl start docker), let DOCKER_HOST name the one to use, or let your account use it (group docker).`);
  const plugin = await run("docker", ["compose", "version", "--short"], environment, probe);
  if (plugin.status !== 0) throw new DockerMissing("Docker answers, but `docker compose` does not: install its compose plugin, version 2.20 or newer (package docker-compose-plugin).");
  return {
    server,
    compose: plugin.out.toString().trim(),
    async call(args, options = {}) {
      const { status, out, words } = await run("docker", args, environment, options);
      if (status === 0) return out.toString();
      throw new DockerFailed(`docker ${args.slice(0, args[0] === "compose" ? 8 : 2).join(" ")} ended with status ${status}${words === "" ? "" : `:\n${words.split("\n").slice(-12).join("\n")}`}`);
    },
  };
}
