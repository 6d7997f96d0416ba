import type { FlowSettings } from "./context.ts";

/** The part of the agent's configuration that flows go by. */
export type ConfiguredSettings = {
  readonly storage: { readonly replicas: number; readonly minFreeBytes: number; readonly mostBytesPerMember: number | null };
  readonly share: { readonly settleSeconds: number };
  readonly chain: { readonly staleAfterSeconds: number; readonly deployedAtBlock: number };
  readonly access: { readonly emergencyHoldHours: number };
  readonly clinical: { readonly maxInstanceBytes: number };
};

/** The configuration in the units of the flows. */
export const settingsOf = (config: ConfiguredSettings): FlowSettings => ({
  replicas: config.storage.replicas,
  minFreeBytes: config.storage.minFreeBytes,
  mostBytesPerMember: config.storage.mostBytesPerMember,
  settleMs: config.share.settleSeconds * 1000,
  staleAfterSeconds: config.chain.staleAfterSeconds,
  emergencyHoldMs: config.access.emergencyHoldHours * 3_600_000,
  maxInstanceBytes: config.clinical.maxInstanceBytes,
  deployedAtBlock: config.chain.deployedAtBlock,
});
