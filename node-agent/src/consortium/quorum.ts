import type { Address } from "../model/ids.ts";
import { quorumOf } from "../model/quorum.ts";

/** Something that changes who can sign the next blocks. `stop` and `restart` are one validator going away, for good or for a while; `live` says whether an added one follows the chain. */
export type ValidatorStep =
  | { readonly kind: "add"; readonly validator: Address; readonly live: boolean }
  | { readonly kind: "remove" | "stop" | "restart"; readonly validator: Address };

export type StepVerdict = { readonly safe: true } | { readonly safe: false; readonly reason: string };

/** What is known of the signers: all `validators`, and those among them that signed of late. */
export type Signers = { readonly validators: readonly Address[]; readonly live: ReadonlySet<Address> };

/** The signers after a step. Pure; a step that changes nothing gives the same signers back. */
export function afterStep({ validators, live }: Signers, step: ValidatorStep): Signers {
  const among = validators.includes(step.validator);
  switch (step.kind) {
    case "add":
      return among ? { validators, live } : { validators: [...validators, step.validator], live: step.live ? new Set([...live, step.validator]) : live };
    case "remove":
      return { validators: validators.filter((one) => one !== step.validator), live: without(live, step.validator) };
    case "stop":
    case "restart":
      return { validators, live: without(live, step.validator) };
  }
}

const without = (live: ReadonlySet<Address>, one: Address): ReadonlySet<Address> => new Set([...live].filter((other) => other !== one));

/** Validators that can fail from here without a halt: below 0 the chain stands. Only validators count as live. */
export function margin({ validators, live }: Signers): number {
  return validators.filter((one) => live.has(one)).length - quorumOf(validators.length);
}

/**
 * Whether a step leaves enough live signers for blocks to go on: ceil(2n/3) of the validators after it. A step that leaves no validator is never safe.
 * Pure. Used before every vote, restart and removal (design 8, quorum guard).
 */
export function judgeStep(signers: Signers, step: ValidatorStep): StepVerdict {
  const after = afterStep(signers, step);
  const total = after.validators.length;
  if (total === 0) return { safe: false, reason: "no validator would be left" };
  const live = after.validators.filter((one) => after.live.has(one)).length;
  const quorum = quorumOf(total);
  if (live >= quorum) return { safe: true };
  const what = { add: "adding", remove: "removing", stop: "stopping", restart: "restarting" }[step.kind];
  return { safe: false, reason: `${what} ${step.validator} would leave ${live} of ${total} validators signing, ${quorum} are needed` };
}
