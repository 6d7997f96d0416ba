import type { Command } from "commander";
import type { Io } from "../io.ts";
import { registerConsentApprove } from "./approve.ts";
import { registerConsentAttest } from "./attest.ts";
import { registerConsentGrant } from "./grant.ts";
import { registerConsentList } from "./list.ts";
import { registerConsentPending } from "./pending.ts";
import { registerConsentPrepare } from "./prepare.ts";
import { registerConsentReject } from "./reject.ts";
import { registerConsentRevoke } from "./revoke.ts";
import { registerConsentSign } from "./sign.ts";
import { registerConsentSubmit } from "./submit.ts";
import { registerConsentWithdraw } from "./withdraw.ts";

/** `fiducial consent ...` */
export function registerConsent(program: Command, io: Io): void {
  const consent = program.command("consent").description("a patient's consents: signed by the patient's wallet and relayed by any agent, or on paper and attested by two people");
  registerConsentGrant(consent, io);
  registerConsentRevoke(consent, io);
  registerConsentList(consent, io);
  registerConsentPrepare(consent, io);
  registerConsentSign(consent, io);
  registerConsentSubmit(consent, io);
  registerConsentAttest(consent, io);
  registerConsentPending(consent, io);
  registerConsentApprove(consent, io);
  registerConsentReject(consent, io);
  registerConsentWithdraw(consent, io);
}
