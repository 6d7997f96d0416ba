/** A service of a compose file, in the parts of the Compose Specification that are used here. Every one of them is always said. */
export type ComposeService = {
  readonly image: string;
  readonly user: string;
  readonly read_only: true;
  readonly cap_drop: readonly ["ALL"];
  readonly security_opt: readonly ["no-new-privileges:true"];
  readonly init: true;
  readonly restart: "unless-stopped" | "no";
  readonly stop_grace_period: string;
  readonly pids_limit: number;
  readonly cpus: number;
  readonly mem_limit: string;
  readonly logging: { readonly driver: "json-file"; readonly options: { readonly "max-size": string; readonly "max-file": string } };
  readonly tmpfs: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly Mount[];
  readonly secrets?: readonly { readonly source: string; readonly target: string }[];
  readonly ports?: readonly string[];
  readonly network_mode?: "none";
  readonly networks?: Readonly<Record<string, { readonly ipv4_address: string; readonly aliases?: readonly string[] }>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: "service_healthy" | "service_completed_successfully" }>>;
  readonly healthcheck: Healthcheck | { readonly disable: true };
  readonly profiles?: readonly string[];
};

export type Mount =
  | { readonly type: "volume"; readonly source: string; readonly target: string; readonly read_only?: true }
  | { readonly type: "bind"; readonly source: string; readonly target: string; readonly read_only: true; readonly bind: { readonly create_host_path: false } };

export type Healthcheck = { readonly test: readonly string[]; readonly interval: string; readonly timeout: string; readonly retries: number; readonly start_period: string };

/** What one container may use of the computer. */
export type Limits = { readonly cpus: number; readonly memoryMegabytes: number; readonly pids: number };

type Given = Omit<ComposeService, "read_only" | "cap_drop" | "security_opt" | "init" | "logging" | "pids_limit" | "cpus" | "mem_limit" | "tmpfs"> & {
  readonly limits: Limits;
  /** Megabytes of /tmp, in memory. Besu runs libraries from there, so it alone may execute what it wrote. */
  readonly tmp: { readonly megabytes: number; readonly executable: boolean };
};

/** A service as every one of ours runs: no root, no capability, no way to gain any, nothing writable but its volumes and a bounded /tmp, bounded memory, processes and logs. */
export function hardened({ limits, tmp, ...given }: Given): ComposeService {
  return {
    ...given,
    read_only: true,
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    init: true,
    pids_limit: limits.pids,
    cpus: limits.cpus,
    mem_limit: `${limits.memoryMegabytes}m`,
    logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "5" } },
    tmpfs: [`/tmp:${tmp.executable ? "exec" : "noexec"},nosuid,nodev,mode=1777,size=${tmp.megabytes}m`],
  };
}

/** A file or folder beside the compose file, as the container sees it; a missing one is an error rather than a folder made by the daemon. */
export const bound = (source: string, target: string): Mount => ({ type: "bind", source, target, read_only: true, bind: { create_host_path: false } });

export const volume = (source: string, target: string): Mount => ({ type: "volume", source, target });
