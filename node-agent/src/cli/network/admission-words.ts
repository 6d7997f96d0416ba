import type { ApplicationAnswer, ApplicationProposal } from "../../model/application.ts";
import type { MemberId } from "../../model/ids.ts";
import type { Application } from "./bundle-format.ts";
import { type StepState, waits } from "./steps.ts";

/** Seconds, in the largest unit that leaves no long number. */
const time = (seconds: number): string => {
  if (seconds >= 172_800) return `${Math.floor(seconds / 86_400)} days`;
  if (seconds >= 7200) return `${Math.floor(seconds / 3600)} hours`;
  return seconds >= 120 ? `${Math.floor(seconds / 60)} minutes` : `${Math.max(0, seconds)} s`;
};

/** What the applicant does so that it is proposed. */
export const askToPropose = (application: Application, file: string): string =>
  `Give ${file} to a member. It proposes the admission, the others vote:\n  fiducial member propose admit --admission application.json --governor ${application.governor} --why "..." --key-file governor.key`;

/** What everybody has to do next about a proposal, told to the applicant: it has no vote, and knows whom to call. */
function course({ number, state, votesFor, needed, missing, snapshot, deadline, eta }: ApplicationProposal, now: number, again: string): StepState {
  const p = `proposal p${number}`;
  const left = (until: number): string => time(until - now);
  switch (state) {
    case "pending":
      return waits(`${p} asks for the admission; the vote opens in ${left(snapshot + 1)}`, null);
    case "active": {
      const who = missing.length === 0 ? "" : `; not yet voted: ${missing.length === 1 ? "member" : "members"} ${missing.join(", ")}`;
      const carried = needed !== null && votesFor >= needed;
      return waits(
        `${p}: ${votesFor}${needed === null ? "" : ` of ${needed} votes that carry it`} in favour${who}; the vote is open for another ${left(deadline)}`,
        carried ? null : `They vote, each with its own governor's key:\n  fiducial member vote p${number} --for --key-file governor.key`,
      );
    }
    case "succeeded":
      return waits(`${p} is carried and has to be queued`, `Any member may do it:\n  fiducial member queue p${number}`);
    case "queued":
      return eta !== null && eta > now ? waits(`${p} is carried; it may be executed in ${left(eta)}`, `Any member may do it then:\n  fiducial member execute p${number} --wait`) : waits(`${p} is carried and may be executed now`, `Any member may do it:\n  fiducial member execute p${number}`);
    case "executed":
      return waits(`${p} is in effect; the agent that was asked has not seen it yet`, null);
    case "defeated":
      return waits(`${p} did not carry (${votesFor} in favour)`, again);
    case "canceled":
      return waits(`${p} was canceled`, again);
    case "expired":
      return waits(`${p} was carried, and not carried out in time`, again);
  }
}

/** Where the admission stands, by the word of member `by`. `file` is the application. */
export function admissionWaits({ votes, now, proposal }: ApplicationAnswer, by: MemberId, application: Application, file: string): StepState {
  const ask = askToPropose(application, file);
  if (!votes) return waits(`not admitted yet, says member ${by}`, `Give ${file} to whoever admits members: here a key decides, not a vote.`);
  if (proposal === null) return waits(`no member has proposed the admission yet, says member ${by}`, ask);
  return course(proposal, now, `A member may propose it again, with another reason:\n${ask.slice(ask.indexOf("\n") + 1)}`);
}
