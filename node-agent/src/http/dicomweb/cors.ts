import type { NextFunction, Request, Response } from "express";

const exposed = "Content-Location, ETag, Retry-After, Warning, X-Request-Id";
const maxAgeSeconds = "600";

/**
 * CORS for an allow-list of exact origins (Fetch standard, section 3.2). Answers depend on Origin and Accept, and say so to caches.
 * An unlisted origin gets no permission; its preflight still ends in 204, as OPTIONS does everywhere here.
 */
export function cors(origins: readonly string[]) {
  const allowed = new Set(origins);
  return (request: Request, response: Response, next: NextFunction): void => {
    response.vary("Accept");
    response.vary("Origin");
    const { origin } = request.headers;
    if (origin !== undefined && allowed.has(origin)) {
      response.set({ "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", "Access-Control-Expose-Headers": exposed });
      if (request.method === "OPTIONS") {
        response.set({
          "Access-Control-Allow-Methods": "GET, HEAD, POST, DELETE, OPTIONS",
          "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, If-None-Match",
          "Access-Control-Max-Age": maxAgeSeconds,
        });
      }
    }
    next();
  };
}
