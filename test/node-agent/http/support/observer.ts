import type { Observer } from "../../../../node-agent/src/http/server/base-app.ts";

/** Sees nothing. */
export const silent: Observer = { failed: () => {}, ended: () => {} };
