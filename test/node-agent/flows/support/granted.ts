import { cidOfRoot } from "../../../../node-agent/src/dag/block.ts";
import { readCertificate } from "../../../../node-agent/src/envelope/certificate.ts";
import { newSessionKey, wrapSessionKey } from "../../../../node-agent/src/envelope/session-key.ts";
import { keyDigestOf } from "../../../../node-agent/src/flows/answer-request.ts";
import { newRequestId } from "../../../../node-agent/src/flows/request-access.ts";
import { address, digest, memberId } from "../../../../node-agent/src/model/ids.ts";
import { Town } from "./room.ts";
import { onlyStudy, publish, store } from "./studies.ts";

const [one, two] = [memberId(1), memberId(2)];
const noRoot = digest(`0x${"00".repeat(32)}`);
const second = (): number => Math.floor(Date.now() / 1000);

/** Hospital 1's study, and a request of hospital 2 that the chain calls acknowledged: an earlier life of hospital 2 had the copy. */
export async function grantedScene(t: { teardown(fn: () => Promise<void>): void }, files: readonly Buffer[], keyFor: "study" | "another" = "study") {
  const town = new Town();
  t.teardown(() => town.close());
  await town.open(3);
  const custodian = town.at(1);
  await store(custodian, files);
  const study = await publish(town, custodian, onlyStudy(custodian).study);
  const request = newRequestId();
  const key = keyFor === "study" ? await custodian.sessionKeys.of(study) : newSessionKey();
  const wrappedKey = await wrapSessionKey(key, await readCertificate(town.at(2).keyring.identity.certificate.binary));
  custodian.catalogue.putRelease({ request, study: study.study, requester: two, wrappedKey });
  const owner = study.patient ?? address(`0x${"00".repeat(20)}`);
  const parties = { request, study: study.study, requester: two, custodian: one };
  town.tell([
    { kind: "ConsentGranted", study: study.study, grantee: two, patient: owner, purposes: ["TREAT"], notBefore: second() - 10, expiry: second() + 3600, class: "signed", creditAccount: owner, nonce: 0, relayer: one },
    { kind: "AccessRequested", ...parties, patient: owner, purpose: "TREAT", granted: true, reason: "none", emergency: false, dueBy: second() + 60 },
    { kind: "KeyDelivered", ...parties, keyDigest: keyDigestOf(wrappedKey) },
    { kind: "AccessAcknowledged", ...parties, receipt: digest(`0x${"01".repeat(32)}`) },
  ]);
  return { town, custodian, holder: town.at(2), study, request, root: cidOfRoot(study.root ?? noRoot) };
}
