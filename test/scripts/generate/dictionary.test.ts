import { readFileSync } from "node:fs";
import test from "ava";
import { rowOfKeyword, rowOfTag, vrOfPrivate } from "../../../node-agent/src/dicom/dictionary.ts";
import { generateDictionary } from "../../../scripts/generate/dictionary.ts";

test("the committed dictionary is what the generator makes", async (t) => {
  for (const { path, text } of await generateDictionary())
    t.true(readFileSync(path, "utf8") === text, `${path} has drifted: npm run generate`);
});

test("tags, keywords, repeating groups and private attributes", (t) => {
  t.deepEqual(rowOfTag("00100010"), { tag: "00100010", vr: "PN", keyword: "PatientName" });
  t.deepEqual(rowOfKeyword("StudyInstanceUID"), { tag: "0020000D", vr: "UI", keyword: "StudyInstanceUID" });
  t.is(rowOfTag("60020010")?.keyword, "OverlayRows");
  t.is(rowOfTag("60010010"), null);
  t.is(rowOfTag("00090010"), null);
  t.is(rowOfTag("00100000")?.vr, "UL");
  t.is(rowOfKeyword("patientname"), null);
  t.is(vrOfPrivate("GEMS_ACQU_01", "00191002"), "SL");
  t.is(vrOfPrivate("Philips PET Private Group", "70531000"), "DS");
  t.is(vrOfPrivate("GEMS_ACQU_01", "00211002"), null);
});
