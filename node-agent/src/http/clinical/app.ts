import type { Express, Request } from "express";
import type { MemberKind } from "../../model/ledger-views.ts";
import type { FlowContext } from "../../flows/context.ts";
import type { RecoveryReport } from "../../flows/recovery-report.ts";
import type { ConsortiumStatus } from "../../model/consortium.ts";
import type { Accounts, Principal } from "../../ports/accounts.ts";
import type { Readiness } from "../../ports/readiness.ts";
import { apiHandlers } from "../api/handlers.ts";
import { cors } from "../dicomweb/cors.ts";
import { dicomwebHandlers } from "../dicomweb/routes.ts";
import { type Handler, mount } from "../mount.ts";
import { policy } from "../policy.ts";
import { beginApp, finishApp } from "../server/base-app.ts";
import { createObserver } from "../server/observe.ts";
import { createSignIn } from "../signin/authenticate.ts";
import { createFailureLimit } from "../signin/failure-limit.ts";
import { createTokenVerifier, type OidcOptions } from "../signin/oidc.ts";
import { createSessions } from "../signin/sessions.ts";
import { createClinicalGuard } from "./guard.ts";
import { homePage } from "./home.ts";

export type ClinicalOptions = {
  readonly accounts: Accounts;
  readonly oidc: OidcOptions | null;
  /** Base URL under which clients reach this app; null: as each request came in. */
  readonly publicUrl: string | null;
  readonly corsOrigins: readonly string[];
  readonly version: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly readiness: Pick<Readiness, "report">;
  readonly recovery: () => RecoveryReport | null;
  /** How membership is carried out on this institution's systems; left out or null where nothing follows it. */
  readonly consortium?: () => ConsortiumStatus | null;
};

const isUpload = (request: Request): boolean => request.method === "POST" && request.path.startsWith("/dicom-web/");

/**
 * The clinical app: DICOMweb, the JSON API and the page at `/`, for people and programs inside the institution. On an observer there is
 * no DICOMweb and nothing that writes to the chain.
 */
export function createClinicalApp(context: FlowContext, options: ClinicalOptions): Express {
  const observer = createObserver(context.log, context.metrics, "clinical");
  const sessions = createSessions(context.clock, (name) => options.accounts.mark(name));
  const signIn = createSignIn({
    accounts: options.accounts,
    sessions,
    limit: createFailureLimit(context.clock),
    tokens: options.oidc === null ? null : createTokenVerifier(options.oidc),
  });
  const kind: MemberKind = context.role;
  const page = homePage({ name: context.self.name, member: context.self.member, kind, version: options.version });
  const app = beginApp(observer, isUpload);
  app.use(cors(options.corsOrigins));
  const api = apiHandlers({ context, sessions, signIn, ...options });
  const home: Handler<Principal> = ({ response }) => {
    response.set({ "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache" }).end(page);
  };
  const images = context.role === "hospital" ? dicomwebHandlers(context, options.publicUrl) : {};
  const rows = policy.filter((row) => context.role === "hospital" || !row.path.startsWith("/dicom-web/"));
  mount(app, { name: "clinical", kind, guard: createClinicalGuard(signIn), rows }, { "GET /": home, ...api, ...images });
  return finishApp(app, observer);
}
