import { entry } from "./entry.ts";

/** What the command line adds to the errors of the agent it talks to. */
export const cliErrors = {
  CLI_USAGE: entry<{ why: string }>({
    status: 400,
    title: "Command not understood",
    message: (d) => d.why,
    hint: "Add --help to any command to see what it takes, with examples.",
  }),
  CLI_AGENT_UNREACHABLE: entry<{ url: string; why: string }>({
    status: 503,
    title: "Agent not reachable",
    message: (d) => `no agent answers at ${d.url} (${d.why})`,
    hint: "Check --url (or FIDUCIAL_URL) and that the agent runs: `fiducial agent run --config FILE`.",
  }),
  CLI_ANSWER: entry<{ status: number; code: string; detail: string; hint: string }>({
    status: 502,
    title: "The agent refused",
    message: (d) => d.detail,
    hint: "See the code the agent gave.",
  }),
  CLI_BAD_ANSWER: entry<{ url: string; what: string }>({
    status: 502,
    title: "Not an agent's answer",
    message: (d) => `${d.url} answered with something else than this command understands: ${d.what}`,
    hint: "Check that --url names the clinical listener of an agent of the same version.",
  }),
  CLI_DENIED: entry<{ request: string; reason: string }>({
    status: 403,
    title: "Access denied by contract",
    message: (d) => `request ${d.request} was denied: ${d.reason}`,
    hint: "Ask the patient for a consent that covers you and your purpose; the refusal is in the history.",
  }),
  CLI_STILL_WAITING: entry<{ what: string; seconds: number }>({
    status: 503,
    title: "Not there yet",
    message: (d) => `${d.what} after ${d.seconds} seconds`,
    hint: "Nothing is lost; look again later with the matching show command, or wait longer with --timeout.",
  }),
  CLI_NOT_ADMITTED: entry<{ member: number }>({
    status: 404,
    title: "Not a member",
    message: (d) => `member ${d.member} was never admitted`,
    hint: "Correct member in the configuration, or have the consortium admit you first: `fiducial member list` at any member shows who is in.",
  }),
  CLI_NO_ACCOUNT: entry({
    status: 404,
    title: "No such account",
    message: () => `there is no local account of that name`,
    hint: "`fiducial agent account list` shows the names.",
  }),
  CLI_NO_DICOM: entry<{ folder: string; others: number }>({
    status: 400,
    title: "No DICOM files",
    message: (d) => `${d.folder} holds no DICOM Part 10 file (${d.others} other files seen)`,
    hint: "Give a folder of files as written by a modality or PACS.",
  }),
  CLI_PARTLY_STORED: entry<{ stored: number; failed: number }>({
    status: 409,
    title: "Some instances were not stored",
    message: (d) => `${d.failed} instances were not stored; ${d.stored} were`,
    hint: "Each failure is listed above with its reason; mend those files and run the command again: what is stored is not stored twice.",
  }),
  CLI_FILE: entry<{ file: string; why: string }>({
    status: 400,
    title: "File cannot be used",
    message: (d) => `${d.file} cannot be used (${d.why})`,
    hint: "Check the path, its permissions and its content.",
  }),
  CLI_NOT_RECOVERED: entry<{ missing: number; seconds: number }>({
    status: 503,
    title: "Not everything is back yet",
    message: (d) => `${d.missing} studies are not here yet after ${d.seconds} seconds`,
    hint: "Each is listed above with what stood in the way. What has come back stays: run the command again, or start the agent, which goes on by itself, when the members that keep the blocks can be reached.",
  }),
  CLI_UNHEALTHY: entry<{ failed: number }>({
    status: 503,
    title: "Something needs mending",
    message: (d) => `${d.failed} of the checks failed`,
    hint: "Each failed line above says what to mend.",
  }),
} as const;
