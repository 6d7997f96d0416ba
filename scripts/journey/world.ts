import type { Founding } from "../local/found.ts";
import type { Layout, Seat } from "../local/layout.ts";
import type { ApiClient } from "./api-client.ts";
import type { Source } from "./study-source.ts";

export type Hex = `0x${string}`;

/** The people of the journey, each signed in at an agent. */
export type People = {
  readonly clinicianA: ApiClient;
  readonly secondClinicianA: ApiClient;
  readonly patientA: ApiClient;
  readonly auditorA: ApiClient;
  readonly adminA: ApiClient;
  readonly clinicianB: ApiClient;
  readonly clinicianC: ApiClient;
  readonly auditorC: ApiClient;
  readonly auditorRegulator: ApiClient;
};

/** Everything the steps share. The program is an outsider: it knows the agents by their HTTP interfaces only. */
export type World = {
  readonly plan: Layout;
  readonly founding: Founding;
  readonly people: People;
  /** BIP-39 phrase of the patient's wallet; never leaves this process. */
  readonly phrase: string;
  readonly reviewer: { readonly privateKey: Hex; readonly address: Hex };
  /** The study of the journey, and real files of published packages for hospitals A and B. */
  readonly study: Source;
  readonly realA: Source;
  readonly realB: Source;
  readonly seat: (key: Seat["key"]) => Seat;
  /** Ends one hospital's agent cleanly, and starts it again. */
  readonly stopAgent: (key: Seat["key"]) => Promise<void>;
  readonly startAgent: (key: Seat["key"]) => Promise<void>;
  /** Deletes what a stopped agent keeps and can have again. */
  readonly loseData: (key: Seat["key"]) => Promise<void>;
  /** Folders with everything that the processes have written so far. */
  readonly written: () => Promise<readonly string[]>;
};

/** What steps hand to later steps. */
export type Shared = { readonly study: Hex; readonly patient: Hex; readonly uid: string };
export type LedgerEvent = {
  readonly kind: string;
  readonly block: number;
  readonly logIndex: number;
  readonly timestamp: number;
  readonly transaction: string;
} & Readonly<Record<string, unknown>>;
export type RequestAnswer = {
  readonly id: Hex;
  readonly study: Hex;
  readonly state: string;
  readonly reason: string;
  readonly emergency: boolean;
  readonly review: string;
  readonly requester: number;
  readonly localState: string | null;
  readonly progress: { readonly phase: string; readonly bytesDone: number; readonly bytesTotal: number | null; readonly error: string | null } | null;
};
