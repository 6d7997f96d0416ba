import type { Governance } from "../deploy/governance.ts";

/** Short, so that a decision can be watched from proposal to effect; in production these are days. Seconds of block time. */
export const localGovernance: Governance = { votingDelay: 1, votingPeriod: 25, timelockDelay: 2, gracePeriod: 86_400, minHospitals: 2 };
