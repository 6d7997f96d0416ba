import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export type CommandResult = { readonly status: number; readonly output: string };

/** Runs a program of this checkout to its end, handing over each line of both streams as it comes. */
export async function runCommand(
  command: string,
  args: readonly string[],
  onLine: (line: string) => void,
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, FORCE_COLOR: "0", ...environment } });
  const kept: string[] = [];
  const read = async (stream: NodeJS.ReadableStream) => {
    for await (const line of createInterface({ input: stream })) {
      kept.push(line);
      onLine(line);
    }
  };
  const [status] = await Promise.all([
    new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 1));
    }),
    read(child.stdout),
    read(child.stderr),
  ]);
  return { status, output: kept.join("\n") };
}
