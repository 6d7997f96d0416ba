/** Child of the crash test: takes patient indexes and stores studies with instances, printing each when it is acknowledged. */
import { writeSync } from "node:fs";
import { openCatalogue } from "../../../node-agent/src/index/catalogue.ts";
import type { Uid } from "../../../node-agent/src/model/ids.ts";
import { id, instanceRecord, studyRecord } from "./records.ts";

const [file = "", key = ""] = process.argv.slice(2);
const catalogue = openCatalogue(file, { indexKey: Buffer.from(key, "hex") });
catalogue.putPatient({ patientId: "P", issuer: "I", xpub: "xpub", nextIndex: 0 });
for (let number = 1; number <= 200; number++) {
  const study = id(number);
  const index = catalogue.transaction(() => {
    catalogue.putStudy(studyRecord({ study, uid: `1.2.${number}` as Uid, instanceCount: 2 }));
    catalogue.putInstances([1, 2].map((place) => instanceRecord(place, { study, uid: `1.2.${number}.${place}` as Uid })));
    return catalogue.takeIndex("P", "I");
  });
  writeSync(1, `${number} ${index}\n`);
}
