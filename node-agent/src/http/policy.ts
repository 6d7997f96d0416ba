import type { MemberKind } from "../model/ledger-views.ts";
import type { Role } from "../ports/accounts.ts";

export type AppName = "clinical" | "peer" | "ops";
export type Method = "GET" | "POST" | "DELETE";
/** `public`: anyone; `signedIn`: any account; a role: accounts that have it; `member`: an active member by its TLS key; `applicant`: whoever proves a TLS key, and learns of that key alone; `operator`: whoever reaches the ops listener. */
export type Audience = "public" | "signedIn" | Role | "member" | "applicant" | "operator";

/** One row per route: who may call what. Registration refuses a route without a row and a row without a route. */
export type PolicyRow = {
  readonly app: AppName;
  readonly method: Method;
  /** Express path; parameters as `:name`. */
  readonly path: string;
  readonly audiences: readonly Audience[];
  /** On which kinds of agent the route exists: an observer has no images and no write path. */
  readonly kinds: readonly MemberKind[];
  readonly summary: string;
};

const hospital = ["hospital"] as const;
const everywhere = ["hospital", "observer"] as const;
const images = ["clinician", "patient"] as const;
const governance = ["admin", "auditor"] as const;
const records = ["clinician", "patient", "auditor"] as const;

export const policy = [
  { app: "clinical", method: "GET", path: "/", audiences: ["public"], kinds: everywhere, summary: "What this agent is and where its doors are, for people" },

  { app: "clinical", method: "POST", path: "/dicom-web/studies", audiences: ["clinician"], kinds: hospital, summary: "STOW-RS: store instances (PS3.18 10.5)" },
  { app: "clinical", method: "POST", path: "/dicom-web/studies/:study", audiences: ["clinician"], kinds: hospital, summary: "STOW-RS: store instances of one study" },
  { app: "clinical", method: "GET", path: "/dicom-web/studies", audiences: images, kinds: hospital, summary: "QIDO-RS: search studies (PS3.18 10.6)" },
  { app: "clinical", method: "GET", path: "/dicom-web/series", audiences: images, kinds: hospital, summary: "QIDO-RS: search series" },
  { app: "clinical", method: "GET", path: "/dicom-web/instances", audiences: images, kinds: hospital, summary: "QIDO-RS: search instances" },
  { app: "clinical", method: "GET", path: "/dicom-web/studies/:study/series", audiences: images, kinds: hospital, summary: "QIDO-RS: series of a study" },
  { app: "clinical", method: "GET", path: "/dicom-web/studies/:study/instances", audiences: images, kinds: hospital, summary: "QIDO-RS: instances of a study" },
  { app: "clinical", method: "GET", path: "/dicom-web/studies/:study/series/:series/instances", audiences: images, kinds: hospital, summary: "QIDO-RS: instances of a series" },
  { app: "clinical", method: "GET", path: "/dicom-web/studies/:study", audiences: images, kinds: hospital, summary: "WADO-RS: retrieve a study (PS3.18 10.4)" },
  { app: "clinical", method: "GET", path: "/dicom-web/studies/:study/series/:series", audiences: images, kinds: hospital, summary: "WADO-RS: retrieve a series" },
  { app: "clinical", method: "GET", path: "/dicom-web/studies/:study/series/:series/instances/:instance", audiences: images, kinds: hospital, summary: "WADO-RS: retrieve an instance" },
  { app: "clinical", method: "GET", path: "/dicom-web/studies/:study/metadata", audiences: images, kinds: hospital, summary: "WADO-RS: metadata of a study" },
  { app: "clinical", method: "GET", path: "/dicom-web/studies/:study/series/:series/metadata", audiences: images, kinds: hospital, summary: "WADO-RS: metadata of a series" },
  { app: "clinical", method: "GET", path: "/dicom-web/studies/:study/series/:series/instances/:instance/metadata", audiences: images, kinds: hospital, summary: "WADO-RS: metadata of an instance" },
  { app: "clinical", method: "GET", path: "/dicom-web/studies/:study/series/:series/instances/:instance/frames/:frames", audiences: images, kinds: hospital, summary: "WADO-RS: frames of an instance" },
  { app: "clinical", method: "GET", path: "/dicom-web/studies/:study/series/:series/instances/:instance/bulkdata/*path", audiences: images, kinds: hospital, summary: "WADO-RS: one bulk data element" },

  { app: "clinical", method: "GET", path: "/api/openapi.json", audiences: ["public"], kinds: everywhere, summary: "This API as an OpenAPI 3.1 document" },
  { app: "clinical", method: "POST", path: "/api/session", audiences: ["public"], kinds: everywhere, summary: "Sign in with name and password; gives a bearer token" },
  { app: "clinical", method: "DELETE", path: "/api/session", audiences: ["signedIn"], kinds: everywhere, summary: "Sign out: the token is worth nothing afterwards" },
  { app: "clinical", method: "GET", path: "/api/me", audiences: ["signedIn"], kinds: everywhere, summary: "Who is signed in" },
  { app: "clinical", method: "GET", path: "/api/status", audiences: ["signedIn"], kinds: everywhere, summary: "Engines in use, ledger head, lag, recovery report" },

  { app: "clinical", method: "GET", path: "/api/studies", audiences: records, kinds: hospital, summary: "Studies held here, or offered to this hospital by consent" },
  { app: "clinical", method: "GET", path: "/api/studies/:study", audiences: records, kinds: hospital, summary: "One study, by study id or Study Instance UID, with its share and fetch progress" },
  { app: "clinical", method: "POST", path: "/api/studies/:study/seal", audiences: ["clinician"], kinds: hospital, summary: "Settle a study by hand and share it now" },
  { app: "clinical", method: "POST", path: "/api/studies/:study/withdraw", audiences: ["clinician"], kinds: hospital, summary: "Withdraw a study: no new access is granted" },
  { app: "clinical", method: "POST", path: "/api/studies/:study/erase", audiences: ["clinician"], kinds: hospital, summary: "Erase a study for good: keys destroyed, copies given up everywhere" },
  { app: "clinical", method: "POST", path: "/api/patients", audiences: ["clinician"], kinds: hospital, summary: "Enrol a patient's wallet by its extended public key" },

  { app: "clinical", method: "GET", path: "/api/consents", audiences: records, kinds: everywhere, summary: "Consents of a study" },
  { app: "clinical", method: "POST", path: "/api/consents/prepare", audiences: images, kinds: hospital, summary: "Typed data of a consent, for the patient's wallet to sign" },
  { app: "clinical", method: "POST", path: "/api/consents", audiences: images, kinds: hospital, summary: "Relay a signed consent" },
  { app: "clinical", method: "POST", path: "/api/revocations/prepare", audiences: images, kinds: hospital, summary: "Typed data of a revocation, for the patient's wallet to sign" },
  { app: "clinical", method: "POST", path: "/api/revocations", audiences: images, kinds: hospital, summary: "Relay a signed revocation" },
  { app: "clinical", method: "GET", path: "/api/attestations", audiences: ["clinician"], kinds: hospital, summary: "Paper consents waiting for the second person" },
  { app: "clinical", method: "POST", path: "/api/attestations", audiences: ["clinician"], kinds: hospital, summary: "Propose the attestation of a paper consent" },
  { app: "clinical", method: "POST", path: "/api/attestations/:attestation/approve", audiences: ["clinician"], kinds: hospital, summary: "Approve a proposed attestation as the second person" },

  { app: "clinical", method: "DELETE", path: "/api/attestations/:attestation", audiences: ["clinician"], kinds: hospital, summary: "Reject a proposed attestation" },
  { app: "clinical", method: "POST", path: "/api/attestations/withdraw", audiences: ["clinician"], kinds: hospital, summary: "Withdraw a standing attestation" },

  { app: "clinical", method: "GET", path: "/api/requests", audiences: records, kinds: everywhere, summary: "Access requests, newest first" },
  { app: "clinical", method: "POST", path: "/api/requests", audiences: ["clinician"], kinds: hospital, summary: "Ask for access to a study for a purpose" },
  { app: "clinical", method: "GET", path: "/api/requests/:request", audiences: records, kinds: everywhere, summary: "One access request with its progress" },
  { app: "clinical", method: "POST", path: "/api/requests/:request/dispute", audiences: ["clinician"], kinds: hospital, summary: "Dispute a delivery to this hospital or a use of its study" },

  { app: "clinical", method: "POST", path: "/api/requests/:request/pause", audiences: ["clinician"], kinds: hospital, summary: "Hold the fetch of a granted study back; what has arrived stays" },
  { app: "clinical", method: "POST", path: "/api/requests/:request/resume", audiences: ["clinician"], kinds: hospital, summary: "Let a paused or cancelled fetch go on" },
  { app: "clinical", method: "POST", path: "/api/requests/:request/cancel", audiences: ["clinician"], kinds: hospital, summary: "Give a fetch up and remove what has arrived" },

  { app: "clinical", method: "GET", path: "/api/history", audiences: records, kinds: everywhere, summary: "History by study, member or request; a patient sees its own" },
  { app: "clinical", method: "GET", path: "/api/history/proof", audiences: ["clinician", "auditor"], kinds: everywhere, summary: "History with its proof, to be checked offline with `fiducial verify` (JSON lines)" },
  { app: "clinical", method: "GET", path: "/api/members", audiences: ["signedIn"], kinds: everywhere, summary: "Members of the consortium" },
  { app: "clinical", method: "GET", path: "/api/members/:member", audiences: ["signedIn"], kinds: everywhere, summary: "One member" },
  { app: "clinical", method: "GET", path: "/api/credit/members/:member", audiences: ["signedIn"], kinds: everywhere, summary: "Credit of a member, decayed to now" },
  { app: "clinical", method: "GET", path: "/api/credit/accounts/:account", audiences: records, kinds: everywhere, summary: "Credit of a patient's credit account" },

  { app: "clinical", method: "GET", path: "/api/reviews", audiences: ["auditor"], kinds: everywhere, summary: "Emergency accesses and their reviews" },
  { app: "clinical", method: "POST", path: "/api/reviews/prepare", audiences: ["auditor"], kinds: everywhere, summary: "Typed data of a review, for the regulator to sign" },
  { app: "clinical", method: "POST", path: "/api/reviews", audiences: ["auditor"], kinds: hospital, summary: "Relay a signed review of an emergency access" },

  { app: "clinical", method: "GET", path: "/api/council", audiences: governance, kinds: everywhere, summary: "The Council: its rules and the contracts it decides on" },
  { app: "clinical", method: "GET", path: "/api/proposals", audiences: governance, kinds: everywhere, summary: "Proposals to the Council, in words, with votes and what comes next" },
  { app: "clinical", method: "GET", path: "/api/proposals/:proposal", audiences: governance, kinds: everywhere, summary: "One proposal" },
  { app: "clinical", method: "POST", path: "/api/proposals/prepare", audiences: governance, kinds: everywhere, summary: "The transaction of a new proposal, for a governor's key to sign" },
  { app: "clinical", method: "POST", path: "/api/proposals/:proposal/ballot", audiences: governance, kinds: everywhere, summary: "The ballot of a vote, for a governor's key to sign" },
  { app: "clinical", method: "POST", path: "/api/proposals/:proposal/votes", audiences: ["admin"], kinds: hospital, summary: "Relay a signed ballot" },
  { app: "clinical", method: "POST", path: "/api/proposals/:proposal/queue", audiences: ["admin"], kinds: hospital, summary: "Queue a carried proposal" },
  { app: "clinical", method: "POST", path: "/api/proposals/:proposal/execute", audiences: ["admin"], kinds: hospital, summary: "Execute a queued proposal whose delay has passed" },
  { app: "clinical", method: "POST", path: "/api/proposals/:proposal/cancel", audiences: governance, kinds: everywhere, summary: "The transaction that cancels a proposal, for its proposer's key to sign" },
  { app: "clinical", method: "POST", path: "/api/council/transactions", audiences: ["admin"], kinds: hospital, summary: "Relay a transaction to the Council that a governor signed" },
  { app: "clinical", method: "GET", path: "/api/guardians", audiences: governance, kinds: everywhere, summary: "The guardians' panel: who sits on it, what it can stop, and who approves of what" },
  { app: "clinical", method: "POST", path: "/api/guardians/approvals/prepare", audiences: governance, kinds: everywhere, summary: "A guardian's approval of a pause or a cancelling, for the guardian's key to sign" },
  { app: "clinical", method: "POST", path: "/api/guardians/approvals", audiences: ["admin"], kinds: hospital, summary: "Relay a signed approval; stops what enough guardians approve of" },

  { app: "clinical", method: "GET", path: "/api/accounts", audiences: ["admin"], kinds: everywhere, summary: "Local accounts" },
  { app: "clinical", method: "POST", path: "/api/accounts", audiences: ["admin"], kinds: everywhere, summary: "Add or replace a local account" },
  { app: "clinical", method: "DELETE", path: "/api/accounts/:name", audiences: ["admin"], kinds: everywhere, summary: "Remove a local account" },

  { app: "peer", method: "GET", path: "/certificate", audiences: ["member"], kinds: hospital, summary: "This member's OpenPGP certificate, binary" },
  { app: "peer", method: "GET", path: "/keys/:request", audiences: ["member"], kinds: hospital, summary: "The wrapped key of a granted request, to its requester only" },
  { app: "peer", method: "GET", path: "/ipfs/:cid", audiences: ["member"], kinds: hospital, summary: "A block or CAR, IPFS Trustless Gateway" },
  { app: "peer", method: "POST", path: "/blocks", audiences: ["member"], kinds: hospital, summary: "A list of blocks as one CAR, in the order asked" },
  { app: "peer", method: "GET", path: "/pins", audiences: ["member"], kinds: hospital, summary: "Roots kept here for the member that asks" },
  { app: "peer", method: "POST", path: "/pins", audiences: ["member"], kinds: hospital, summary: "Fetch and keep a replica of a study root" },
  { app: "peer", method: "DELETE", path: "/pins", audiences: ["member"], kinds: hospital, summary: "The replica is no longer needed" },

  { app: "peer", method: "POST", path: "/probe", audiences: ["member"], kinds: hospital, summary: "How this member sees the asking one: its addresses dialed, its nodes at our node, our clock and chain" },
  { app: "peer", method: "POST", path: "/application", audiences: ["applicant"], kinds: hospital, summary: "How the admission of the asking institution stands: the newest proposal that names its TLS key" },
  { app: "peer", method: "POST", path: "/registrations", audiences: ["member"], kinds: hospital, summary: "Send the asking member's signed entry to MemberRegistry for it" },

  { app: "ops", method: "GET", path: "/livez", audiences: ["operator"], kinds: everywhere, summary: "The process runs" },
  { app: "ops", method: "GET", path: "/readyz", audiences: ["operator"], kinds: everywhere, summary: "Ready to serve, or the reasons why not" },
  { app: "ops", method: "GET", path: "/metrics", audiences: ["operator"], kinds: everywhere, summary: "Prometheus metrics" },
] as const satisfies readonly PolicyRow[];

type Row = (typeof policy)[number];
type KeyOf<One extends Row> = One extends Row ? `${One["method"]} ${One["path"]}` : never;
/** `"GET /api/me"` and so on: the routes of one app, as a type, so that a handler table is checked for completeness at compile time too. */
export type RouteKey<App extends AppName> = KeyOf<Extract<Row, { app: App }>>;

/** The key under which a row's handler is registered. */
export const routeKey = (row: PolicyRow): string => `${row.method} ${row.path}`;
