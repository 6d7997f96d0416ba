import test from "ava";
import { negotiateRetrieve, type Retrieve } from "../../../node-agent/src/dicom/negotiate.ts";
import { faultOf } from "./build.ts";

const explicit = "1.2.840.10008.1.2.1";
const jpegLossless = "1.2.840.10008.1.2.4.70";
const study: Retrieve = { what: "instances", single: false };
const instance: Retrieve = { what: "instances", single: true };
const frame: Retrieve = { what: "frames", single: true };

const served: readonly (readonly [accept: string | undefined, stored: string, wanted: Retrieve, form: string, mediaType: string])[] = [
  [undefined, explicit, study, "multipart", "application/dicom"],
  ["*/*", explicit, study, "multipart", "application/dicom"],
  ['multipart/related; type="application/dicom"', explicit, study, "multipart", "application/dicom"],
  ["multipart/related; type=application/dicom; transfer-syntax=*", jpegLossless, study, "multipart", "application/dicom"],
  ['multipart/related; type="application/dicom"; transfer-syntax="*"', jpegLossless, study, "multipart", "application/dicom"],
  [`Multipart/Related; Type="application/dicom"; Transfer-Syntax=${explicit}`, explicit, study, "multipart", "application/dicom"],
  ['multipart/related; type="*/*"', explicit, study, "multipart", "application/dicom"],
  ["application/dicom", explicit, instance, "single", "application/dicom"],
  ["application/dicom; transfer-syntax=*", jpegLossless, instance, "single", "application/dicom"],
  ['multipart/related; type="application/octet-stream"; transfer-syntax="*"', explicit, frame, "multipart", "application/octet-stream"],
  ["multipart/related; type=application/octet-stream; transfer-syntax=*", jpegLossless, frame, "multipart", "application/octet-stream"],
  ['multipart/related; type="image/jpeg"; transfer-syntax=*', jpegLossless, frame, "multipart", "image/jpeg"],
  ['multipart/related; type="*/*"', jpegLossless, frame, "multipart", "image/jpeg"],
  ["application/octet-stream", explicit, frame, "single", "application/octet-stream"],
  ["image/*", jpegLossless, frame, "single", "image/jpeg"],
  ['multipart/related; type="image/jp2", multipart/related; type="image/jpeg"; q=0.5', jpegLossless, frame, "multipart", "image/jpeg"],
];
for (const [accept, stored, wanted, form, mediaType] of served) {
  test(`${wanted.what} of ${stored} as ${accept ?? "(no header)"}`, (t) => {
    t.deepEqual(negotiateRetrieve(accept, stored, wanted), {
      form,
      mediaType,
      contentType: `${mediaType}; transfer-syntax=${stored}`,
    } as never);
  });
}

test("plain frames are explicit VR little endian whatever little endian file they stand in", (t) => {
  const asked = `multipart/related; type="application/octet-stream"; transfer-syntax=${explicit}`;
  for (const stored of ["1.2.840.10008.1.2", explicit, "1.2.840.10008.1.2.1.99"]) {
    t.is(negotiateRetrieve(asked, stored, frame).contentType, `application/octet-stream; transfer-syntax=${explicit}`, stored);
  }
  t.is(negotiateRetrieve("*/*", "1.2.840.10008.1.2.2", frame).contentType, "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.2");
  t.throws(() => negotiateRetrieve(asked, "1.2.840.10008.1.2.2", frame), faultOf("DICOM_NOT_ACCEPTABLE"));
});

const refused: readonly (readonly [accept: string, stored: string, wanted: Retrieve])[] = [
  ["application/dicom", explicit, study],
  ["text/html", explicit, study],
  ["application/dicom+json", explicit, instance],
  [`multipart/related; type="application/dicom"; transfer-syntax=${explicit}`, jpegLossless, study],
  ['multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.80', explicit, study],
  ['multipart/related; type="image/jp2"', explicit, frame],
  ['multipart/related; type="application/dicom+xml"', explicit, study],
];
for (const [accept, stored, wanted] of refused) {
  test(`406: ${wanted.what} of ${stored} as ${accept}`, (t) => {
    t.is(t.throws(() => negotiateRetrieve(accept, stored, wanted), faultOf("DICOM_NOT_ACCEPTABLE"))?.status, 406);
  });
}
