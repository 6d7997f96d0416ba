import { accountHandlers } from "./accounts.ts";
import { attestationHandlers } from "./attestations.ts";
import { consentHandlers } from "./consents.ts";
import { councilHandlers } from "./council.ts";
import { guardianHandlers } from "./guardians.ts";
import { historyHandlers } from "./history.ts";
import { memberHandlers } from "./members.ts";
import { openapiDocument } from "./openapi.ts";
import type { ApiHandlers, ApiKey, ApiParts } from "./parts.ts";
import { proofHandlers } from "./proof.ts";
import { requestHandlers } from "./requests.ts";
import { reviewHandlers } from "./reviews.ts";
import { sessionHandlers } from "./session.ts";
import { statusHandlers } from "./status.ts";
import { studyHandlers } from "./studies.ts";

/** Every handler of the JSON API, by route. */
export function apiHandlers(parts: ApiParts): ApiHandlers<ApiKey> {
  const document = JSON.stringify(openapiDocument(parts.version));
  return {
    "GET /api/openapi.json": ({ response }) => {
      response.set({ "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-cache" }).end(document);
    },
    ...sessionHandlers(parts),
    ...statusHandlers(parts),
    ...studyHandlers(parts),
    ...consentHandlers(parts),
    ...attestationHandlers(parts),
    ...requestHandlers(parts),
    ...historyHandlers(parts),
    ...proofHandlers(parts),
    ...memberHandlers(parts),
    ...reviewHandlers(parts),
    ...councilHandlers(parts),
    ...guardianHandlers(parts),
    ...accountHandlers(parts),
  };
}
