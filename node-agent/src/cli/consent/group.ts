import type { Command } from "commander";
import type { Io } from "../io.ts";
import { registerConsentGrant } from "./grant.ts";
import { registerConsentList } from "./list.ts";
import { registerConsentPrepare } from "./prepare.ts";
import { registerConsentRevoke } from "./revoke.ts";
import { registerConsentSign } from "./sign.ts";
import { registerConsentSubmit } from "./submit.ts";

/** `fiducial consent ...` */
export function registerConsent(program: Command, io: Io): void {
  const consent = program.command("consent").description("a patient's consents: prepared by an agent, signed by the patient's wallet, relayed by any agent");
  registerConsentGrant(consent, io);
  registerConsentRevoke(consent, io);
  registerConsentList(consent, io);
  registerConsentPrepare(consent, io);
  registerConsentSign(consent, io);
  registerConsentSubmit(consent, io);
}
