import { z } from "zod";
import { address, digest, memberId, requestId, studyId } from "../../../model/ids.ts";
import { purposes } from "../../../model/purpose.ts";

/** Building blocks of the API's schemas. Inputs are strict and turn into branded values here, once. */
const hex32Form = /^0x[0-9a-fA-F]{64}$/u;

export const studyIdIn = z.string().regex(hex32Form, "a study id is 0x and 64 hex digits").transform(studyId).describe("Study id on chain.");
export const requestIdIn = z.string().regex(hex32Form, "a request id is 0x and 64 hex digits").transform(requestId).describe("Request id on chain.");
export const digestIn = z.string().regex(hex32Form, "a digest is 0x and 64 hex digits").transform(digest);
export const addressIn = z.string().regex(/^0x[0-9a-fA-F]{40}$/u, "an address is 0x and 40 hex digits").transform(address);
export const memberIn = z.int().min(0).max(0xffff_ffff).transform(memberId);
/** In a query or path a number comes as text. */
export const memberTextIn = z.string().regex(/^\d{1,10}$/u, "a member id is a whole number").transform(Number).pipe(memberIn);
export const hexBytesIn = z
  .string()
  .regex(/^0x(?:[0-9a-fA-F]{2}){1,4096}$/u, "0x and hex digits, 4096 bytes at most")
  .transform((text) => text.toLowerCase() as `0x${string}`);
export const purposeIn = z.enum(purposes).describe("HL7 purpose of use.");
export const purposesIn = z.array(purposeIn).min(1).max(purposes.length);
export const secondsIn = z.int().min(0).max(0xffff_ffff_ff).describe("Seconds since the epoch.");

/** The same values on the way out. */
export const hex32 = z.string().describe("0x and 64 hex digits.");
export const hex20 = z.string().describe("0x and 40 hex digits.");
export const member = z.int();
export const seconds = z.int().describe("Seconds since the epoch.");
export const milliseconds = z.int().describe("Milliseconds since the epoch.");
export const purpose = z.enum(purposes);
export const receipt = z.strictObject({ transaction: hex32, block: z.int() }).describe("Where on the chain it is recorded.");
export const typedData = z
  .strictObject({
    types: z.record(z.string(), z.array(z.strictObject({ name: z.string(), type: z.string() }))),
    primaryType: z.string(),
    domain: z.strictObject({ name: z.string(), version: z.string(), chainId: z.int(), verifyingContract: hex20 }),
    message: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .describe("EIP-712 document for eth_signTypedData_v4.");
