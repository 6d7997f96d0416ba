import { z } from "zod";

/** RFC 9457 problem document, as every error is answered. */
export const problem = z.strictObject({
  type: z.string().describe("urn:fiducial:error:CODE"),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe("What happened; never anything that identifies a patient."),
  code: z.string().describe("Stable code of the error catalogue."),
  hint: z.string().describe("What to do next."),
  instance: z.string().describe("urn:uuid of the request, as in the log."),
});
