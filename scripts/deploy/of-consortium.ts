import type { Consortium } from "../../network/consortium-schema.ts";
import type { DeployInput, Founder } from "./consortium.ts";
import { thresholdOf } from "./guardian-panel.ts";
import type { ParameterOverrides } from "./parameters.ts";

/** What was agreed on in a consortium file, in the form in which contracts are deployed and later verified. */
export type Agreed = Required<Pick<DeployInput, "governance" | "guardians" | "guardianThreshold" | "reviewers" | "members" | "parameters">>;

const kinds = { hospital: "Hospital", observer: "Observer" } as const;

/** Without keys whose value is undefined: what is not given takes the default. */
function given<Value extends object>(value: Value): Partial<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<Value>;
}

/** The founding members in the order of their numbers, the Council's rules, guardians, reviewers and parameters of a consortium file. */
export function agreedIn({ governance, guardians, guardianThreshold, reviewers, parameters, members }: Consortium): Agreed {
  const { credit, ...rest } = parameters;
  const overrides: ParameterOverrides = { ...given(rest), ...(credit === undefined ? {} : { credit: given(credit) }) } as ParameterOverrides;
  const founders = [...members].sort((one, two) => one.id - two.id).map(({ kind, name, governor, operators, profile }): Founder => ({ kind: kinds[kind], governor, operators, profile: { displayName: name, ...profile } }));
  return { governance, guardians, guardianThreshold: thresholdOf(guardians, guardianThreshold ?? undefined), reviewers, parameters: overrides, members: founders };
}
