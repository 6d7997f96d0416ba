import { join } from "node:path";

/** One institution of the local consortium and where everything of it lives and listens. */
export type Seat = {
  readonly key: "a" | "b" | "c" | "regulator";
  readonly name: string;
  readonly role: "hospital" | "observer";
  /** Order of admission, which is the member id on chain. */
  readonly member: number;
  /** Everything that may be lost: databases, blocks. */
  readonly dataDir: string;
  /** Everything that must not be lost: keyring, accounts, configuration. */
  readonly keyringDir: string;
  readonly configFile: string;
  readonly passphraseFile: string;
  readonly accountsFile: string;
  readonly logFile: string;
  readonly clinicalPort: number;
  readonly peerPort: number;
  readonly opsPort: number;
};

export type Layout = {
  readonly dir: string;
  readonly chainDir: string;
  readonly chainPort: number;
  readonly chainLog: string;
  readonly stateFile: string;
  /** What was agreed at the founding: the consortium file, in the form of docs/network.md. */
  readonly consortiumFile: string;
  readonly patientDir: string;
  readonly seats: readonly Seat[];
};

const institutions = [
  { key: "a", name: "Hospital A", role: "hospital" },
  { key: "b", name: "Hospital B", role: "hospital" },
  { key: "c", name: "Hospital C", role: "hospital" },
  { key: "regulator", name: "Regulator", role: "observer" },
] as const;

/**
 * Files and ports of the local consortium under `dir`. Ports are `base` for the chain and, for the n-th seat, base + 10 n + 1 (clinical),
 * + 2 (peer), + 3 (ops); engines take the ones between.
 */
export function layout(dir: string, base: number): Layout {
  return {
    dir,
    chainDir: join(dir, "chain"),
    chainPort: base,
    chainLog: join(dir, "logs", "chain.log"),
    stateFile: join(dir, "consortium.json"),
    consortiumFile: join(dir, "consortium.yaml"),
    patientDir: join(dir, "patient"),
    seats: institutions.map((institution, at) => ({
      ...institution,
      member: at + 1,
      dataDir: join(dir, institution.key, "data"),
      keyringDir: join(dir, institution.key, "keyring"),
      configFile: join(dir, institution.key, "agent.yaml"),
      passphraseFile: join(dir, institution.key, "passphrase"),
      accountsFile: join(dir, institution.key, "accounts.json"),
      logFile: join(dir, "logs", `${institution.key}.log`),
      clinicalPort: base + 10 * (at + 1) + 1,
      peerPort: base + 10 * (at + 1) + 2,
      opsPort: base + 10 * (at + 1) + 3,
    })),
  };
}

/** Every port the agents of the local consortium listen on, with the name of who listens. */
export function ports(plan: Layout): { readonly port: number; readonly who: string }[] {
  return [
    ...plan.seats.flatMap((seat) => [
      { port: seat.clinicalPort, who: `${seat.name}, clinical` },
      { port: seat.peerPort, who: `${seat.name}, peer` },
      { port: seat.opsPort, who: `${seat.name}, ops` },
    ]),
  ];
}
