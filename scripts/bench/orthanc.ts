import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../network/local/ports.ts";

/** A running Orthanc that keeps what it is given in the clear, with its default durability. */
export type Orthanc = { readonly url: string; readonly pid: number; stop(): Promise<void> };

export const orthancName = "Orthanc (in the clear)";
const program = "/usr/sbin/Orthanc";
const plugins = ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so", "/usr/lib/orthanc/libOrthancDicomWeb.so"];

/** Why there is no Orthanc to compare with on this computer, or null when there is one. */
export function orthancMissing(): string | null {
  if (!existsSync(program)) return "Orthanc is not installed (Debian: apt-get install orthanc orthanc-dicomweb)";
  return plugins.some((path) => existsSync(path)) ? null : "Orthanc's DICOMweb plugin is not installed (Debian: apt-get install orthanc-dicomweb)";
}

/** Starts Orthanc on loopback with its data under `dir`; `peers` are the base URLs it may send to, by name. */
export async function startOrthanc(dir: string, peers: Readonly<Record<string, string>> = {}): Promise<Orthanc> {
  await mkdir(dir, { recursive: true });
  const port = await freePort();
  const settings = {
    Name: "peer",
    StorageDirectory: join(dir, "storage"),
    IndexDirectory: join(dir, "index"),
    Plugins: plugins.filter((path) => existsSync(path)),
    HttpPort: port,
    DicomServerEnabled: false,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    HttpRequestTimeout: 300,
    DicomWeb: { Enable: true, Root: "/dicom-web/" },
    OrthancPeers: Object.fromEntries(Object.entries(peers).map(([name, url]) => [name, [`${url}/`]])),
  };
  const file = join(dir, "orthanc.json");
  await writeFile(file, JSON.stringify(settings));
  const child = spawn(program, [file], { stdio: "ignore" });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.once("error", () => {});
  // It does not notice that its parent is gone.
  const end = () => void child.kill("SIGKILL");
  process.once("exit", end);
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await gone;
    clearTimeout(timer);
    process.off("exit", end);
  };
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    if (await fetch(`${url}/dicom-web/studies?limit=1`).then((answer) => answer.ok, () => false)) return { url, pid: child.pid ?? 0, stop };
    await sleep(100);
  }
  await stop();
  throw new Error("Orthanc does not answer");
}
