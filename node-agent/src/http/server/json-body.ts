import express, { type Request, type Response } from "express";
import type { z } from "zod";
import { fault } from "../../model/fault.ts";

const mostJsonBytes = 256 * 1024;
const reader = express.json({ limit: mostJsonBytes, strict: true, type: ["application/json", "application/*+json"] });

/** Where a value is wrong and what is expected, without the value: it may be a name. */
export function issueText(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => {
      const place = issue.path.join(".") || "body";
      if (issue.code === "unrecognized_keys") return `${place}: has ${issue.keys.length} unknown ${issue.keys.length === 1 ? "field" : "fields"}`;
      return `${place}: ${issue.message}`;
    })
    .join("; ");
}

/** Parses with a schema. Throws HTTP_BAD_REQUEST naming the fields. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw fault("HTTP_BAD_REQUEST", { what: issueText(parsed.error) });
  return parsed.data;
}

/** Reads a JSON body, up to 256 KiB, and parses it. Throws HTTP_UNSUPPORTED_MEDIA, HTTP_BODY_TOO_LARGE or HTTP_BAD_REQUEST. */
export async function jsonBody<Schema extends z.ZodType>(request: Request, response: Response, schema: Schema): Promise<z.output<Schema>> {
  if (request.is(["application/json", "application/*+json"]) === false) throw fault("HTTP_UNSUPPORTED_MEDIA", { want: "application/json" });
  await new Promise<void>((resolve, reject) => {
    reader(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
  return parse(schema, request.body);
}
