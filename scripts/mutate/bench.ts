import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { takeTests } from "./ava.ts";
import { replaceCode, replacedCode } from "./artifacts.ts";

/** How a test file judged: undefined when all of it passed, otherwise the test and why. */
export type Failure = { readonly test: string; readonly why: string };
export type Bench = {
  /** Deploys mutated code from now on (hex without 0x, by contract). */
  readonly use: (code: ReadonlyMap<string, string>) => void;
  /** Runs a test file from its beginning, on chains of its own, to the first failure. */
  readonly run: (file: string) => Promise<Failure | undefined>;
};

const seed = 20252;

/**
 * Makes this process one that runs contract tests over and over on changing code: what takes the time of a test run (the process, Hardhat,
 * the compiler) is there once. The test files are the ones of `npm test`, unchanged; only `ava` and the built code come from here. Random
 * input begins at the same seed, so that a verdict can be had again. To be called once, before any test file is imported.
 */
export async function startBench(): Promise<Bench> {
  const { href } = new URL("./ava.ts", import.meta.url);
  // Test files import AVA by its default export.
  const ava = `data:text/javascript,${encodeURIComponent(`export { test as default } from ${JSON.stringify(href)};`)}`;
  registerHooks({
    resolve(specifier, context, next) {
      const fromTest = context.parentURL?.includes("/test/contracts/") === true;
      if (fromTest && specifier === "ava") return { url: ava, shortCircuit: true };
      if (fromTest && specifier.endsWith("/deploy/artifacts.ts")) return { url: new URL("./artifacts.ts", import.meta.url).href, shortCircuit: true };
      return next(specifier, context);
    },
  });
  fc.configureGlobal({ seed, endOnFailure: true });
  const { default: hre } = await import("hardhat");
  const open: { close(): Promise<void> }[] = [];
  const network = hre.network as unknown as { create(options: unknown): Promise<{ close(): Promise<void> }> };
  const create = network.create.bind(network);
  network.create = async (name) => {
    // Code that was compiled quickly may be a little larger than the greatest size.
    const connection = await create({ network: name, override: { allowUnlimitedContractSize: true } });
    open.push(connection);
    return connection;
  };
  const artifacts = hre.artifacts as unknown as { readArtifact(name: string): Promise<{ readonly bytecode: string }> };
  const readArtifact = artifacts.readArtifact.bind(artifacts);
  artifacts.readArtifact = async (name) => {
    const artifact = await readArtifact(name);
    return { ...artifact, bytecode: replacedCode(name) ?? artifact.bytecode };
  };
  let runs = 0;
  return {
    use: replaceCode,
    async run(file) {
      let test = "before the first test";
      try {
        takeTests();
        await import(`${pathToFileURL(file).href}?run=${++runs}`);
        const { assertions } = await import("./assertions.ts");
        for (const { name, body } of takeTests()) {
          test = name;
          await body({ ...assertions, title: name });
        }
        return undefined;
      } catch (error) {
        return { test, why: (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "" };
      } finally {
        for (const connection of open.splice(0)) await connection.close();
      }
    },
  };
}
