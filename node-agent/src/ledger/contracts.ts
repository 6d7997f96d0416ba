import type { AbiEventFragment, AbiFragment, AbiFunctionFragment } from "web3-types";
import type { Address } from "../model/ids.ts";
import {
  accessLedgerAbi,
  consentRegistryAbi,
  consortiumAuthorityAbi,
  councilAbi,
  creditLedgerAbi,
  guardianPanelAbi,
  memberRegistryAbi,
  studyRegistryAbi,
  timelockControllerAbi,
} from "./abi.generated.ts";

/** ABI of each contract of the consortium, by the name its address has in the configuration. */
export const abis = {
  consortiumAuthority: consortiumAuthorityAbi,
  memberRegistry: memberRegistryAbi,
  studyRegistry: studyRegistryAbi,
  consentRegistry: consentRegistryAbi,
  accessLedger: accessLedgerAbi,
  creditLedger: creditLedgerAbi,
  council: councilAbi,
  timelock: timelockControllerAbi,
  guardianPanel: guardianPanelAbi,
} as const;

export type ContractName = keyof typeof abis;
export const contractNames = Object.keys(abis) as ContractName[];
/** Contracts of a consortium whose members decide by vote; one that a key governs has none of them. */
export const governanceNames = ["council", "timelock", "guardianPanel"] as const satisfies readonly ContractName[];
type GovernanceName = (typeof governanceNames)[number];
/** Where the contracts (their proxies) are. */
export type ContractAddresses = Readonly<Record<Exclude<ContractName, GovernanceName>, Address> & Partial<Record<GovernanceName, Address | null>>>;

/** Every contract this consortium has, with its address. */
export const placesOf = (contracts: ContractAddresses): (readonly [name: ContractName, at: Address])[] =>
  contractNames.flatMap((name) => {
    const at = contracts[name] ?? null;
    return at === null ? [] : [[name, at] as const];
  });

type FunctionNames<Name extends ContractName> = Extract<(typeof abis)[Name][number], { type: "function" }>["name"];
/** Functions a contract has, checked at compile time against its generated ABI. */
export type FunctionOf<Name extends ContractName> = FunctionNames<Name>;

const fragments = (contract: ContractName): readonly AbiFragment[] => abis[contract] as unknown as readonly AbiFragment[];

/** The ABI entry of a function. */
export function functionOf<Name extends ContractName>(contract: Name, name: FunctionOf<Name>): AbiFunctionFragment {
  const found = fragments(contract).find((one) => one.type === "function" && (one as AbiFunctionFragment).name === name);
  if (found === undefined) throw new TypeError(`${contract} has no function ${name}`);
  return found as AbiFunctionFragment;
}

export const eventsOf = (contract: ContractName): AbiEventFragment[] => fragments(contract).filter((one) => one.type === "event") as AbiEventFragment[];
export const errorsOf = (contract: ContractName): AbiFragment[] => fragments(contract).filter((one) => one.type === "error");
