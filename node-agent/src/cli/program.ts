import { Command, CommanderError } from "commander";
import { fault } from "../model/fault.ts";
import { registerAgent } from "./agent/group.ts";
import { registerConsent } from "./consent/group.ts";
import { registerCredit } from "./credit.ts";
import { registerDoctor } from "./doctor/command.ts";
import { exitCodeOf, exitCodes, exitCodesText } from "./exit-codes.ts";
import { failureText } from "./failure.ts";
import { registerHistory } from "./history.ts";
import type { Io } from "./io.ts";
import { registerMember } from "./member/group.ts";
import { registerNetwork } from "./network/group.ts";
import { registerPatient } from "./patient.ts";
import type { Parts } from "./program-parts.ts";
import { registerRecover } from "./recover/command.ts";
import { registerRequest } from "./request/group.ts";
import { registerReview } from "./review/group.ts";
import { registerAgentStatus } from "./status/command.ts";
import { registerStudy } from "./study/group.ts";
import { registerVerify } from "./verify/command.ts";
import { registerWallet } from "./wallet/group.ts";

/** The whole command line. With `asData`, commander's own sentences about mistakes are left to the caller, who prints them as JSON. */
export function createProgram(parts: Parts, asData = false): Command {
  const { io } = parts;
  const program = new Command("fiducial")
    .description("Shares medical images between hospitals: runs an agent, and talks to one.")
    .version(parts.version)
    .option("--json", "print the result (and any error) as JSON")
    .option("--url <url>", "clinical listener of the agent to talk to (or FIDUCIAL_URL)")
    .option("--user <name>", "account at that agent (or FIDUCIAL_USER)")
    .option("--password-file <file>", "file holding the account's password (or FIDUCIAL_PASSWORD_FILE)")
    .addHelpText("after", `\n${exitCodesText}`);
  registerAgent(program, parts);
  registerStudy(program, io);
  registerPatient(program, io);
  registerConsent(program, io);
  registerRequest(program, io);
  registerHistory(program, io);
  registerMember(program, io);
  registerCredit(program, io);
  registerReview(program, io);
  registerWallet(program, io);
  registerVerify(program, io);
  registerNetwork(program, io);
  registerAgentStatus(program, io);
  registerDoctor(program, io);
  registerRecover(program, parts);
  // Every command prints through our outputs and throws instead of ending the process.
  const settle = (command: Command): void => {
    command
      .configureHelp({ showGlobalOptions: true })
      .exitOverride()
      .configureOutput({
        writeOut: (text) => io.out.write(text),
        writeErr: (text) => io.err.write(text),
        outputError: (text, write) => (asData ? undefined : write(`${text}(add --help for what this command takes)\n`)),
        getOutHelpWidth: () => io.out.columns,
        getErrHelpWidth: () => io.err.columns,
      });
    command.commands.forEach(settle);
  };
  settle(program);
  return program;
}

/** Runs one command line (without the program's own name) and gives the exit status; never throws. */
export async function runProgram(args: readonly string[], parts: Parts): Promise<number> {
  const { io } = parts;
  try {
    await createProgram(parts, args.includes("--json")).parseAsync([...args], { from: "user" });
    return exitCodes.ok.code;
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, args, io);
    if (io.shutdown.signal.aborted) {
      io.err.write("Stopped.\n");
      return exitCodes.interrupted.code;
    }
    io.err.write(failureText(error, args.includes("--json")));
    return exitCodeOf(error);
  }
}

/** Help and version are no failures. Commander has already written its own sentence, except that --json wants a document. */
function usage(error: CommanderError, args: readonly string[], io: Io): number {
  if (error.exitCode === 0) return exitCodes.ok.code;
  if (args.includes("--json") && error.code !== "commander.help") io.err.write(failureText(fault("CLI_USAGE", { why: error.message.replace(/^error: /u, "") }), true));
  return exitCodes.usage.code;
}
