/** Rules of a new consortium, in the units of the contracts. */
export type Parameters = {
  /** Longest term of a signed and of an attested consent, seconds. */
  readonly signedTerm: number;
  readonly attestedTerm: number;
  /** Time to deliver, seconds; and the same for emergencies. */
  readonly delivery: number;
  readonly emergencyDelivery: number;
  /** Length of a credit epoch, seconds; never changes afterwards. */
  readonly epochSeconds: number;
  readonly credit: CreditParameters;
};

/** ICreditLedger.Parameters: what each means and its bounds stand there. */
export type CreditParameters = {
  readonly treatFloor: number;
  readonly newcomerCap: number;
  readonly gateEnter: number;
  readonly gateLeave: number;
  readonly goldEnter: number;
  readonly goldLeave: number;
  readonly epochCap: number;
  readonly missedPenalty: number;
  readonly misusePenalty: number;
  readonly researchShut: number;
  readonly researchOpen: number;
  readonly operationsShut: number;
  readonly operationsOpen: number;
  readonly minCounterparties: number;
  readonly openBronze: number;
  readonly openSilver: number;
  readonly openGold: number;
};

const day = 86_400;

export const defaultParameters: Parameters = {
  signedTerm: 5 * 365 * day,
  attestedTerm: 180 * day,
  delivery: day,
  emergencyDelivery: 900,
  epochSeconds: day,
  credit: {
    treatFloor: 100,
    newcomerCap: 400,
    gateEnter: 600,
    gateLeave: 550,
    goldEnter: 800,
    goldLeave: 750,
    epochCap: 50,
    missedPenalty: 50,
    misusePenalty: 200,
    researchShut: 0,
    researchOpen: 200,
    operationsShut: 20,
    operationsOpen: 200,
    minCounterparties: 3,
    openBronze: 2,
    openSilver: 5,
    openGold: 10,
  },
};

export type ParameterOverrides = Partial<Omit<Parameters, "credit">> & { readonly credit?: Partial<CreditParameters> };

/** The defaults with the given values in their place. */
export function withOverrides({ credit, ...rest }: ParameterOverrides): Parameters {
  return { ...defaultParameters, ...rest, credit: { ...defaultParameters.credit, ...credit } };
}
