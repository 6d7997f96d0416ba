import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { eventually } from "../../scripts/journey/expect.ts";
import { skipLoudly } from "../support/skip.ts";
import { inventStudy, sha256, wado } from "../faults/support/study.ts";
import { freePort } from "../../network/local/ports.ts";
import { foundTown, passwordOf, seatAt } from "../faults/support/town.ts";

/** Orthanc's own DICOMweb client against an agent: it sends a study by STOW-RS, and gets one back by QIDO-RS and WADO-RS. */
const program = "/usr/sbin/Orthanc";
const plugin = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

test("Orthanc sends a study to the agent, and gets it back after forgetting it", async (t) => {
  if (!existsSync(program) || !existsSync(plugin)) return skipLoudly(t, "Debian's orthanc and orthanc-dicomweb are not installed");
  const town = await foundTown({ hospitals: 1, replicas: 1, settleSeconds: 3600 });
  t.teardown(town.close);
  const seat = seatAt(town, 0);
  const { clinical } = await seat.agent.start();
  const folder = await mkdtemp(join(tmpdir(), "fiducial-orthanc-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  const settings = {
    HttpPort: port,
    DicomServerEnabled: false,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    StorageDirectory: join(folder, "storage"),
    IndexDirectory: join(folder, "storage"),
    Plugins: [plugin],
    DicomWeb: { Enable: true, Servers: { agent: { Url: `${clinical}/dicom-web/`, Username: "clinician", Password: passwordOf("clinician"), ChunkedTransfers: true } } },
  };
  await writeFile(join(folder, "orthanc.json"), JSON.stringify(settings));
  const orthanc = spawn(program, [join(folder, "orthanc.json")], { stdio: "ignore" });
  t.teardown(async () => {
    orthanc.kill("SIGKILL");
    if (orthanc.exitCode === null && orthanc.signalCode === null) await once(orthanc, "exit");
  });
  const base = `http://127.0.0.1:${port}`;
  const post = async <Answer>(path: string, body: unknown): Promise<Answer> => {
    const response = await fetch(`${base}${path}`, { method: "POST", body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Answer;
  };
  await eventually("Orthanc", 30, async () => ((await fetch(`${base}/system`)).ok ? true : null));

  const sent = inventStudy(5, 128);
  const parents = new Set<string>();
  for (const file of sent.files) parents.add((await post<{ ParentStudy: string }>("/instances", file)).ParentStudy);
  t.is(parents.size, 1);
  await post("/dicom-web/servers/agent/stow", { Resources: [...parents], Synchronous: true });
  t.deepEqual(await wado(seat.as("clinician"), sent.uid), sent.digests, "the agent has what Orthanc was given");

  await fetch(`${base}/studies/${[...parents][0] ?? ""}`, { method: "DELETE" });
  t.deepEqual(await (await fetch(`${base}/instances`)).json(), []);
  const found = await post<Record<string, unknown>[]>("/dicom-web/servers/agent/qido", { Uri: "/studies", Arguments: { "0020000D": sent.uid } }).catch((error: unknown) => {
    t.log(`Orthanc's qido: ${String(error)}`);
    return null;
  });
  if (found !== null) t.is(found.length, 1);
  await post("/dicom-web/servers/agent/retrieve", { Resources: [{ Study: sent.uid }], Synchronous: true });
  const back = (await (await fetch(`${base}/instances`)).json()) as string[];
  const digests = await Promise.all(back.map(async (id) => sha256(Buffer.from(await (await fetch(`${base}/instances/${id}/file`)).arrayBuffer()))));
  t.deepEqual(digests.sort(), sent.digests, "Orthanc has the same bytes again");
});
