import { entry } from "./entry.ts";

/** Errors of joining and leaving a consortium. */
export const joinErrors = {
  NETWORK_BUNDLE_UNFIT: entry<{ why: string }>({
    status: 400,
    title: "Join bundle cannot be used",
    message: (d) => `the bundle or application cannot be used: ${d.why}`,
    hint: "A bundle: have the member make it again from your application.json, and compare the signing operator's address by telephone. An application: have `fiducial network join` write it again.",
  }),
  NETWORK_NOT_THERE_YET: entry<{ step: string; why: string }>({
    status: 503,
    title: "Not there yet",
    message: (d) => `${d.step}: ${d.why}`,
    hint: "Do what the line says, or wait for the others, and run the same command again: it goes on where it stands. --wait keeps looking.",
  }),
  NETWORK_STEP_UNSAFE: entry<{ reason: string }>({
    status: 409,
    title: "The chain would stand still",
    message: (d) => d.reason,
    hint: "Wait until enough validators sign again (`fiducial doctor`, fiducial_quorum_margin), then run the same command again.",
  }),
} as const;
