import type { Response } from "express";
import type { z } from "zod";
import type { FlowContext } from "../../flows/context.ts";
import type { RecoveryReport } from "../../flows/recovery-report.ts";
import type { ConsortiumStatus } from "../../model/consortium.ts";
import type { Accounts, Principal } from "../../ports/accounts.ts";
import type { Readiness } from "../../ports/readiness.ts";
import type { Handler } from "../mount.ts";
import type { RouteKey } from "../policy.ts";
import type { SignIn } from "../signin/authenticate.ts";
import type { Sessions } from "../signin/sessions.ts";

/** What the JSON API works on, besides the flows' context. */
export type ApiParts = {
  readonly context: FlowContext;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly version: string;
  /** Which engine each port runs on, in words: {chain: "embedded", blocks: "folder"}. */
  readonly engines: Readonly<Record<string, string>>;
  readonly readiness: Pick<Readiness, "report">;
  /** What should be here by the chain's word; null on observers. */
  readonly recovery: () => RecoveryReport | null;
  /** How membership is carried out on this institution's systems; left out or null where nothing follows it. */
  readonly consortium?: () => ConsortiumStatus | null;
};

export type ApiKey = Extract<RouteKey<"clinical">, `${string} /api/${string}`>;
/** The handlers of some routes: every key given must be a route of the policy table. */
export type ApiHandlers<Key extends ApiKey> = Readonly<Record<Key, Handler<Principal>>>;

/** Answers with JSON; the schema is the contract, held at compile time here and against real answers in the tests. */
export function answer<Schema extends z.ZodType>(response: Response, _schema: Schema, value: z.input<Schema>, status = 200): void {
  response.status(status).set("Cache-Control", "no-store").json(value);
}
