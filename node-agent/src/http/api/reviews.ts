import { hospitalOf } from "../../flows/context.ts";
import { prepareReview, reviewEmergency } from "../../flows/review-emergency.ts";
import { jsonBody, parse } from "../server/json-body.ts";
import { answer, type ApiHandlers, type ApiParts } from "./parts.ts";
import { requestList } from "./schemas/lists.ts";
import { recorded, reviewPrepared, reviewPrepareIn, reviewsQuery, reviewSubmitIn } from "./schemas/work.ts";
import { requestOf, typedDataOf } from "./views.ts";

type Key = "GET /api/reviews" | "POST /api/reviews/prepare" | "POST /api/reviews";

/** Reviews of emergency accesses and disputes: listed and prepared anywhere, relayed by a hospital's agent, decided by the regulator's signature. */
export function reviewHandlers({ context: given }: ApiParts): ApiHandlers<Key> {
  return {
    "GET /api/reviews": ({ request, response }) => {
      const { state } = parse(reviewsQuery, request.query);
      const wanted = state === "all" ? (["pending", "justified", "notJustified"] as const) : [state];
      const requests = wanted.flatMap((review) => given.ledgerIndex.requests({ review }));
      answer(response, requestList, { requests: requests.map(requestOf) });
    },
    "POST /api/reviews/prepare": async ({ request, response }) => {
      const { terms, typedData, salt } = prepareReview(given, await jsonBody(request, response, reviewPrepareIn));
      answer(response, reviewPrepared, { terms: { ...terms }, typedData: typedDataOf(typedData), salt });
    },
    "POST /api/reviews": async ({ request, response }) => {
      const receipt = await reviewEmergency(hospitalOf(given), await jsonBody(request, response, reviewSubmitIn));
      answer(response, recorded, { receipt }, 201);
    },
  };
}
