import { spawn } from "node:child_process";

/**
 * Waits for its standard input to close, which happens when the parent ends, however it ends; then asks the process to stop and, when it does
 * not, kills it. The command line is compared first, so that a process number which the system has given to another program is left alone.
 */
const script = `
read -r _
ours() { tr '\\0' ' ' < "/proc/$1/cmdline" 2>/dev/null | grep -qF -- "$2"; }
ours "$1" "$2" || exit 0
kill -TERM "$1" 2>/dev/null; kill -CONT "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 1; ours "$1" "$2" || exit 0; done
kill -KILL "$1" 2>/dev/null
`;

/**
 * Ends process `pid` when this process dies. `mark` is a part of its command line that no other process has. Call what is returned once the
 * process has ended by itself.
 */
export function guardChild(pid: number, mark: string): () => void {
  const guardian = spawn("/bin/sh", ["-c", script, "guardian", String(pid), mark], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  guardian.on("error", () => {});
  guardian.stdin.on("error", () => {});
  guardian.unref();
  // The pipe must not keep this process alive: its end is what the guardian waits for.
  (guardian.stdin as unknown as { unref?: () => void }).unref?.();
  return () => void guardian.kill("SIGKILL");
}
