import type { FlowSettings, HospitalContext } from "../context.ts";

/** What a pull needs of the agent. */
export type PullContext = Pick<HospitalContext, "blocks" | "clock" | "log"> & { readonly settings: Pick<FlowSettings, "minFreeBytes"> };
