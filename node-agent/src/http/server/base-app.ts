import { randomUUID } from "node:crypto";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import helmet from "helmet";
import { fault } from "../../model/fault.ts";
import { faultOf, isClientGone, sendProblem } from "../problem.ts";

/** What an app tells about an exchange that ended badly. Route patterns only, never addresses: they hold UIDs. */
export type Failure = { readonly requestId: string; readonly route: string; readonly code: string; readonly status: number; readonly cause: unknown };
export type Exchange = { readonly route: string; readonly method: string; readonly status: number; readonly seconds: number };
export type Observer = { failed(failure: Failure): void; ended(exchange: Exchange): void };

const bodyMilliseconds = 60_000;
const uploadIdleMilliseconds = 300_000;

const routeOf = (response: Response): string => {
  const route: unknown = response.locals["route"];
  return typeof route === "string" ? route : "unmatched";
};

/** Uploads may take as long as bytes keep coming; any other body must be here within a minute (slow-body attacks). */
function boundRequestTime(isUpload: (request: Request) => boolean) {
  return (request: Request, _response: Response, next: NextFunction) => {
    if (isUpload(request)) {
      request.setTimeout(uploadIdleMilliseconds, () => request.destroy());
    } else if (request.method !== "GET" && request.method !== "HEAD") {
      const timer = setTimeout(() => request.destroy(), bodyMilliseconds);
      request.once("end", () => clearTimeout(timer));
      request.once("close", () => clearTimeout(timer));
    }
    next();
  };
}

/** An Express app with what all three share: request ids, safe headers, time bounds. Call `finishApp` after the routes. */
export function beginApp(observer: Observer, isUpload: (request: Request) => boolean = () => false): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("query parser", "simple");
  app.set("case sensitive routing", true);
  app.use(
    helmet({
      contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], styleSrc: ["'self'", "'unsafe-inline'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] }, useDefaults: false },
      crossOriginResourcePolicy: { policy: "cross-origin" },
      strictTransportSecurity: false,
    }),
  );
  app.use((request: Request, response: Response, next: NextFunction) => {
    const startedAt = performance.now();
    const id = randomUUID();
    response.locals["requestId"] = id;
    response.set("X-Request-Id", id);
    response.once("close", () => {
      observer.ended({ route: routeOf(response), method: request.method, status: response.statusCode, seconds: (performance.now() - startedAt) / 1000 });
    });
    next();
  });
  app.use(boundRequestTime(isUpload));
  return app;
}

/** Adds the last two words: 404 for what no route took, and the problem document for every error, asynchronous ones too. */
export function finishApp(app: Express, observer: Observer): Express {
  app.use(() => {
    throw fault("HTTP_NOT_FOUND", {});
  });
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const requestId = String(response.locals["requestId"]);
    if (isClientGone(error) && (response.destroyed || response.headersSent || response.socket?.destroyed === true)) {
      response.destroy();
      return;
    }
    const shown = faultOf(error);
    observer.failed({ requestId, route: routeOf(response), code: shown.code, status: shown.status, cause: shown.status >= 500 ? shown.cause : undefined });
    if (shown.code === "HTTP_SIGN_IN_REQUIRED" || shown.code === "HTTP_SIGN_IN_FAILED") {
      response.set("WWW-Authenticate", 'Bearer realm="fiducial", Basic realm="fiducial", charset="UTF-8"');
    }
    sendProblem(response, shown, requestId);
  });
  return app;
}
