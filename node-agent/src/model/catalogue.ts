import { cliErrors } from "./errors/cli.ts";
import { configErrors } from "./errors/config.ts";
import { dagErrors } from "./errors/dag.ts";
import { deployErrors } from "./errors/deploy.ts";
import { dicomErrors } from "./errors/dicom.ts";
import type { ErrorEntry } from "./errors/entry.ts";
import { envelopeErrors } from "./errors/envelope.ts";
import { flowErrors } from "./errors/flow.ts";
import { governanceErrors } from "./errors/governance.ts";
import { httpErrors } from "./errors/http.ts";
import { indexErrors } from "./errors/index.ts";
import { ipfsErrors } from "./errors/ipfs.ts";
import { joinErrors } from "./errors/join.ts";
import { ledgerErrors } from "./errors/ledger.ts";
import { nodeAdminErrors } from "./errors/node-admin.ts";
import { networkErrors } from "./errors/network.ts";
import { peerErrors } from "./errors/peer.ts";
import { proofErrors } from "./errors/proof.ts";

/** Every error Fiducial can raise, each family kept beside its kind in `errors/`. Codes are stable: they never change meaning and are never reused. */
export const catalogue = {
  ...cliErrors,
  ...configErrors,
  ...dagErrors,
  ...deployErrors,
  ...dicomErrors,
  ...envelopeErrors,
  ...flowErrors,
  ...governanceErrors,
  ...httpErrors,
  ...indexErrors,
  ...ipfsErrors,
  ...joinErrors,
  ...ledgerErrors,
  ...nodeAdminErrors,
  ...networkErrors,
  ...peerErrors,
  ...proofErrors,
} as const;

export type ErrorCode = keyof typeof catalogue;
export type DetailsOf<Code extends ErrorCode> = (typeof catalogue)[Code] extends ErrorEntry<infer Details> ? Details : never;
