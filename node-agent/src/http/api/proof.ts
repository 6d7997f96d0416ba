import { exportProof } from "../../flows/export-proof.ts";
import { proofMediaType } from "../../proof/format.ts";
import { parse } from "../server/json-body.ts";
import { write } from "../server/stream-out.ts";
import type { ApiHandlers, ApiParts } from "./parts.ts";
import { proofQuery } from "./schemas/chain.ts";

/** A history with its proof, for whoever may see everybody's records: a block's receipts cannot be proven without those of others in the same block. */
export function proofHandlers({ context }: ApiParts): ApiHandlers<"GET /api/history/proof"> {
  return {
    "GET /api/history/proof": async ({ request, response }) => {
      const { studies, from, to, headersFrom } = parse(proofQuery, request.query);
      const gone = new AbortController();
      response.once("close", () => gone.abort());
      const wish = {
        studies: studies ?? null,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(headersFrom === undefined ? {} : { headersFrom }),
      };
      const lines = exportProof(context, wish, gone.signal);
      // What cannot be begun is an error answer; what breaks later cuts the connection, and the missing last line says so.
      const first = await lines.next();
      response.set({ "Content-Type": `${proofMediaType}; charset=utf-8`, "Content-Disposition": 'attachment; filename="history-proof.ndjson"', "Cache-Control": "no-store" });
      for (let step = first; step.done !== true; step = await lines.next()) await write(response, Buffer.from(step.value));
      response.end();
    },
  };
}
