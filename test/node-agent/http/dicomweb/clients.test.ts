import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { skipLoudly } from "../../../support/skip.ts";
import { type Hospital, openHospital } from "../support/hospital.ts";
import { passwordOf } from "../support/accounts.ts";
import { identifiersOf, multipart, phantom } from "../support/upload.ts";

/** Other people's clients against this agent. */
const run = promisify(execFile);
const runs = (program: string, ...args: string[]): Promise<boolean> => run(program, args).then(() => true, () => false);

let hospital: Hospital;
let folder: string;
test.before(async () => {
  hospital = await openHospital();
  folder = await mkdtemp(join(tmpdir(), "fiducial-clients-"));
});
test.after.always(async () => {
  await hospital.close();
  await rm(folder, { recursive: true, force: true });
});

test("curl uploads with Expect: 100-continue and downloads the same bytes", async (t) => {
  if (!(await runs("curl", "--version"))) return skipLoudly(t, "curl is not installed");
  const files = phantom("curl", 40);
  const { body, contentType } = multipart(files);
  const upload = join(folder, "body");
  await writeFile(upload, body);
  const account = ["--silent", "--show-error", "--user", `clinician:${passwordOf("clinician")}`];
  const url = `${hospital.url}/dicom-web/studies`;
  const sent = await run("curl", [...account, "-w", "\n%{http_code}", "-H", "Expect: 100-continue", "-H", `Content-Type: ${contentType}`, "--data-binary", `@${upload}`, url]);
  t.regex(sent.stdout, /\n200$/u);
  const ids = identifiersOf(files[7] ?? Buffer.alloc(0));
  const target = join(folder, "instance.dcm");
  const got = await run("curl", [...account, "-w", "%{http_code}", "-H", "Accept: application/dicom", "-o", target, `${url}/${ids.study}/series/${ids.series}/instances/${ids.sopInstance}`]);
  t.is(got.stdout, "200");
  t.deepEqual(await readFile(target), files[7]);
  const listed = await run("curl", [...account, "--compressed", `${url}/${ids.study}/metadata`]);
  t.is((JSON.parse(listed.stdout) as unknown[]).length, 40);
});

const script = `
import sys, io, pydicom
from requests.auth import HTTPBasicAuth
from dicomweb_client.api import DICOMwebClient
from dicomweb_client.session_utils import create_session_from_user_pass
url, user, password, *paths = sys.argv[1:]
client = DICOMwebClient(url=url, session=create_session_from_user_pass(user, password))
sent = [pydicom.dcmread(p) for p in paths]
answer = client.store_instances(sent)
assert len(answer.ReferencedSOPSequence) == len(sent), answer
one = sent[0]
study, series, sop = one.StudyInstanceUID, one.SeriesInstanceUID, one.SOPInstanceUID
found = client.search_for_studies(search_filters={"PatientID": one.PatientID, "StudyInstanceUID": study})
assert len(found) == 1, found
assert pydicom.Dataset.from_json(found[0]).NumberOfStudyRelatedInstances == len(sent)
assert len(client.search_for_series(study)) == 1
assert len(client.search_for_instances(study, series)) == len(sent)
metadata = [pydicom.Dataset.from_json(m) for m in client.retrieve_study_metadata(study)]
by = {m.SOPInstanceUID: m for m in metadata}
for d in sent:
    m = by[d.SOPInstanceUID]
    for element in d:
        if element.tag.group == 0x7fe0 or element.VR in ("SQ", "OB", "UN", "OW") or element.keyword == "SpecificCharacterSet":
            continue
        a, b = element.value, m[element.tag].value
        if element.VR == "DS":
            a = [float(x) for x in (a if isinstance(a, pydicom.multival.MultiValue) else [a])]
            b = [float(x) for x in (b if isinstance(b, pydicom.multival.MultiValue) else [b])]
        if element.VR == "PN":
            a, b = str(a).rstrip("="), str(b).rstrip("=")
        assert a == b or (a in ("", None) and b in ("", None)), (element.tag, a, b)
instance = client.retrieve_instance(study, series, sop)
assert instance == one, "instance"
whole = client.retrieve_study(study)
assert len(whole) == len(sent)
frames = client.retrieve_instance_frames(study, series, sop, [1])
assert frames[0] == one.PixelData, "frame"
print("ok", len(metadata))
`;

test("the Python dicomweb-client stores, finds, reads metadata, instances and frames", async (t) => {
  if (!(await runs("python3", "-c", "import dicomweb_client, pydicom"))) return skipLoudly(t, "the Python dicomweb-client is not installed");
  const paths: string[] = [];
  for (const [at, file] of phantom("python", 4).entries()) {
    const path = join(folder, `python-${at}.dcm`);
    await writeFile(path, file);
    paths.push(path);
  }
  const judged = await run("python3", ["-c", script, `${hospital.url}/dicom-web`, "clinician", passwordOf("clinician"), ...paths]);
  t.is(judged.stdout.trim(), "ok 4");
});
