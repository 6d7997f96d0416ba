import { address, digest, memberId, requestId, type StudyId, studyId, type Uid } from "../../../node-agent/src/model/ids.ts";
import type { InstanceRecord, StudyRecord } from "../../../node-agent/src/ports/catalogue.ts";

/** What must never be found in a file: a name, a Patient ID, an accession number, UIDs, a date, an issuer, a wallet's public key. */
export const markers = {
  name: "Quillfeather^Zebediah",
  patientId: "MRN-QUOKKA-778",
  issuer: "ISSUER-OF-THE-WESTERN-HOSPITAL",
  accession: "ACC-WOMBAT-4711",
  studyUid: "1.2.826.0.1.3680043.9.7433.1.111222333444" as Uid,
  seriesUid: "1.2.826.0.1.3680043.9.7433.2.555666777888" as Uid,
  instanceUid: "1.2.826.0.1.3680043.9.7433.3.999000111222" as Uid,
  date: "19371109",
  xpub: "xpub6CUGRUonZSQ4TWtTMmzXdrXDtypWKiKrhko4egpiMZbpiaQL2jkwSB1icqYh2cfDfVxdx4df189oLKnC5fSwqPfgyP3hooxujYzAu3fDVmz",
};

export const id = (digit: number): StudyId => studyId(`0x${digit.toString(16).padStart(2, "0").repeat(32)}`);
export const account = (digit: number) => address(`0x${digit.toString(16).padStart(2, "0").repeat(20)}`);

export function studyRecord(change: Partial<StudyRecord> = {}): StudyRecord {
  return {
    study: id(1),
    uid: markers.studyUid,
    role: "custodian",
    state: "receiving",
    custodian: memberId(1),
    wrappedKey: new Uint8Array([1, 2, 3, 4]),
    version: 0,
    root: digest(`0x${"77".repeat(32)}`),
    instanceCount: 0,
    touchedAt: 1000,
    patient: account(9),
    request: requestId(`0x${"66".repeat(32)}`),
    keepUntil: null,
    droppedBecause: null,
    attributes: {
      "00080020": { vr: "DA", Value: [markers.date] },
      "00080050": { vr: "SH", Value: [`${markers.accession} `] },
      "00100010": { vr: "PN", Value: [{ Alphabetic: markers.name }] },
      "00100020": { vr: "LO", Value: [` ${markers.patientId}`] },
      "0020000D": { vr: "UI", Value: [markers.studyUid] },
    },
    ...change,
  };
}

export function instanceRecord(number: number, change: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    study: id(1),
    series: markers.seriesUid,
    uid: `${markers.instanceUid}.${number}` as Uid,
    number,
    transferSyntax: "1.2.840.10008.1.2.1",
    object: "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
    objectSize: 525_000,
    size: 524_900,
    headerSize: 111,
    datasetDigest: "ab".repeat(32),
    attributes: { "00080018": { vr: "UI", Value: [`${markers.instanceUid}.${number}`] }, "00080060": { vr: "CS", Value: ["CT"] }, "00200013": { vr: "IS", Value: [number] } },
    ...change,
  };
}
