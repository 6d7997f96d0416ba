import test from "ava";
import type { Uid } from "../../../node-agent/src/model/ids.ts";
import { failureReasonOf, failureReasons, type StoreOutcome, storeResponse } from "../../../node-agent/src/dicom/store-response.ts";

const identifiers = { sopClass: "1.2.840.10008.5.1.4.1.1.2" as Uid, sopInstance: "1.2.3" as Uid };
const stored: StoreOutcome = { identifiers, retrieveUrl: "http://a/instances/1.2.3" };
const failed = (failure: number): StoreOutcome => ({ identifiers, failure });
const garbage: StoreOutcome = { identifiers: {}, failure: failureReasons.cannotUnderstand };

test("all stored", (t) => {
  t.deepEqual(storeResponse([stored], "http://a/studies/1"), {
    status: 200,
    body: {
      "00081190": { vr: "UR", Value: ["http://a/studies/1"] },
      "00081199": {
        vr: "SQ",
        Value: [
          {
            "00081150": { vr: "UI", Value: ["1.2.840.10008.5.1.4.1.1.2"] },
            "00081155": { vr: "UI", Value: ["1.2.3"] },
            "00081190": { vr: "UR", Value: ["http://a/instances/1.2.3"] },
          },
        ],
      },
    },
  });
});

test("the status says whether all, some or none were stored", (t) => {
  t.is(storeResponse([stored, garbage]).status, 202);
  t.is(storeResponse([stored, failed(failureReasons.otherContent)]).status, 202);
  t.is(storeResponse([failed(failureReasons.otherContent)]).status, 409);
  t.is(storeResponse([failed(failureReasons.otherStudy), garbage]).status, 409);
  t.is(storeResponse([garbage]).status, 400);
  t.is(storeResponse([]).status, 400, "an empty body is no success");
});

test("a failed item names its instance and the reason; a nameless part has no item", (t) => {
  const { body } = storeResponse([failed(45_070), garbage]);
  t.deepEqual(body, {
    "00081198": {
      vr: "SQ",
      Value: [
        {
          "00081150": { vr: "UI", Value: ["1.2.840.10008.5.1.4.1.1.2"] },
          "00081155": { vr: "UI", Value: ["1.2.3"] },
          "00081197": { vr: "US", Value: [45_070] },
        },
      ],
    },
  });
});

test("faults have their failure reasons", (t) => {
  t.is(failureReasonOf("DICOM_UNKNOWN_TRANSFER_SYNTAX"), 0xc122);
  t.is(failureReasonOf("DICOM_TRUNCATED"), 0xc000);
  t.is(failureReasonOf("DICOM_HEADER_TOO_LARGE"), 0xa700);
  t.is(failureReasonOf("HTTP_NOT_FOUND"), 0x0110);
});
