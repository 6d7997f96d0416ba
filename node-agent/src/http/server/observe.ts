import type { Log } from "../../ports/log.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { AppName } from "../policy.ts";
import type { Observer } from "./base-app.ts";

/** Tells log and metrics how exchanges went: refusals at debug, failures of ours at error with their cause; route patterns only. */
export function createObserver(log: Log, metrics: Metrics, listener: AppName): Observer {
  return {
    failed: (failure) => {
      const fields = { listener, route: failure.route, code: failure.code, request: failure.requestId };
      if (failure.code === "HTTP_SIGN_IN_FAILED" || failure.code === "HTTP_SIGN_IN_LIMITED") metrics.count("fiducial_sign_in_failures_total", {});
      if (failure.status >= 500 && failure.status !== 503) log.error("request failed", fields, failure.cause);
      else if (failure.status === 503) log.warn("request put off", fields);
      else log.debug("request refused", fields);
    },
    ended: (exchange) => {
      metrics.count("fiducial_http_requests_total", { listener, method: exchange.method, status: `${Math.floor(exchange.status / 100)}xx` });
      metrics.observe("fiducial_http_request_seconds", { listener, method: exchange.method }, exchange.seconds);
    },
  };
}
