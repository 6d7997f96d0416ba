import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A program that `npm run engines` builds from published Go modules. */
export type Program = {
  /** Name of the binary. */
  readonly name: string;
  /** Go package of its `main`. */
  readonly package: string;
  /** Asks it for its version; the output holds the version number. */
  readonly versionArgs: readonly string[];
};

/** A wrapper module (go.mod and go.sum beside this file pin every dependency) and the programs in it. */
export type Engine = { readonly key: "kubo" | "cluster"; readonly title: string; readonly module: string; readonly programs: readonly Program[] };

export const engines: readonly Engine[] = [
  {
    key: "kubo",
    title: "Kubo",
    module: "github.com/ipfs/kubo",
    programs: [{ name: "ipfs", package: "github.com/ipfs/kubo/cmd/ipfs", versionArgs: ["version", "--number"] }],
  },
  {
    key: "cluster",
    title: "IPFS Cluster",
    module: "github.com/ipfs-cluster/ipfs-cluster",
    programs: ["ipfs-cluster-service", "ipfs-cluster-ctl"].map((name) => ({
      name,
      package: `github.com/ipfs-cluster/ipfs-cluster/cmd/${name}`,
      versionArgs: ["--version"],
    })),
  },
];

/** Folder of an engine's wrapper module. */
export const moduleDir = (engine: Engine): string => join(import.meta.dirname, engine.key);

/** The pinned version without its `v`, as the engine's go.mod has it. Throws when go.mod does not require the module. */
export function pinnedVersion(engine: Engine): string {
  const text = readFileSync(join(moduleDir(engine), "go.mod"), "utf8");
  const line = text.split("\n").find((one) => one.replace(/^require\s+/u, "").trim().startsWith(`${engine.module} v`));
  const version = line === undefined ? undefined : /\sv([0-9][0-9A-Za-z.+-]*)/u.exec(line)?.[1];
  if (version === undefined) throw new Error(`scripts/engines/${engine.key}/go.mod does not require ${engine.module}`);
  return version;
}
