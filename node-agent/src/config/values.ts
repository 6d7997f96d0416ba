import { isIP } from "node:net";
import { z } from "zod";
import { address, digest, memberId } from "../model/ids.ts";

/** A file or folder; relative ones are resolved against the configuration file's folder by the loader. */
export const path = z.string().min(1, "give a path");

/** Where a listener binds: an IP address or a host name. */
export const host = z
  .string()
  .refine((text) => isIP(text) !== 0 || /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/u.test(text), "give an IP address or a host name");

/** TCP port; 0 lets the system choose one, which the ready line then tells. */
export const port = z.int("give a whole number").min(0, "give a port from 0 to 65535").max(65_535, "give a port from 0 to 65535");

/** An http or https URL. Credentials inside a URL would end up in logs and listings, so they are refused. */
export const httpUrl = z
  .url({ protocol: /^https?$/u, error: "give an http or https URL" })
  .refine((text) => !URL.canParse(text) || (new URL(text).username === "" && new URL(text).password === ""), "credentials do not belong in a URL; secrets are given by file");

/** A ws or wss URL, without credentials likewise. */
export const wsUrl = z
  .url({ protocol: /^wss?$/u, error: "give a ws or wss URL" })
  .refine((text) => !URL.canParse(text) || (new URL(text).username === "" && new URL(text).password === ""), "credentials do not belong in a URL; secrets are given by file");

/** An origin as browsers send it: scheme, host and port, no path. */
export const origin = httpUrl.refine((text) => URL.canParse(text) && new URL(text).origin === text, "give an origin such as https://viewer.example, without a path");

export const contractAddress = z
  .string("give 0x and 40 hex digits")
  .regex(/^0x[0-9a-fA-F]{40}$/u, "give 0x and 40 hex digits")
  .transform(address);

export const blockHash = z
  .string("give 0x and 64 hex digits")
  .regex(/^0x[0-9a-fA-F]{64}$/u, "give 0x and 64 hex digits")
  .transform(digest);

export const member = z
  .int("give the whole number that MemberRegistry gave at admission")
  .min(1, "member numbers begin at 1")
  .max(0xffff_ffff, "member numbers end at 4294967295")
  .transform(memberId);

/** A whole number from `least` to `most` in the unit that the key's name says. */
export const whole = (least: number, most: number) =>
  z.int("give a whole number").min(least, `give at least ${least}`).max(most, `give at most ${most}`);
