import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pinnedBesu } from "../../network/local/find-besu.ts";
import { engines, pinnedVersion } from "../engines/catalogue.ts";
import { type Docker, DockerFailed } from "./client.ts";

/** Image of each part of a consortium, by digest: name@sha256:... from a registry, or sha256:... as built on this computer. */
export type Images = { readonly besu: string; readonly kubo: string; readonly cluster: string; readonly agent: string };
export type ImageName = keyof Images;

/** The ignored file of this checkout in which `npm run images` keeps what it resolved. */
export const imagesFile = join(import.meta.dirname, "..", "..", ".engines", "images.json");

const version = (key: "kubo" | "cluster"): string => {
  const engine = engines.find((one) => one.key === key);
  if (engine === undefined) throw new Error(`no engine ${key}`);
  return pinnedVersion(engine);
};

/** The published images of the pinned versions, by tag. A tag can move, so what it names is resolved once, and kept by digest. */
export const publishedImages = { besu: `docker.io/hyperledger/besu:${pinnedBesu}`, kubo: `docker.io/ipfs/kubo:v${version("kubo")}`, cluster: `docker.io/ipfs/ipfs-cluster:v${version("cluster")}`, node: "docker.io/library/node:24-bookworm-slim" } as const;

/** Whether the daemon has the image. */
export async function hasImage(docker: Docker, reference: string): Promise<boolean> {
  return await docker.call(["image", "inspect", "--format", "{{.Id}}", reference]).then(
    () => true,
    (error: unknown) => {
      if (error instanceof DockerFailed && /no such image/iu.test(error.message)) return false;
      throw error;
    },
  );
}

const withoutTag = (reference: string): string => reference.replace(/@sha256:[0-9a-f]+$/u, "").replace(/:[^:/]+$/u, "");
/** Docker leaves its own registry's name out. */
const familiar = (name: string): string => name.replace(/^docker\.io\/(?:library\/)?/u, "");

/**
 * The reference by digest of an image that the daemon has: as its registry knows it, or, for one that came from no registry, by its id.
 * Throws DockerFailed when it is not there.
 */
export async function byDigest(docker: Docker, reference: string): Promise<string> {
  if (/(?:^|@)sha256:[0-9a-f]{64}$/u.test(reference)) return reference;
  const { RepoDigests: known, Id: id } = JSON.parse(await docker.call(["image", "inspect", "--format", "{{json .}}", reference])) as { readonly RepoDigests: readonly string[] | null; readonly Id: string };
  const name = withoutTag(reference);
  const digest = known?.find((one) => withoutTag(one) === name || withoutTag(one) === familiar(name));
  return digest === undefined ? id : `${reference}@${digest.slice(digest.indexOf("@") + 1)}`;
}

/** What was kept by `npm run images`; null when nothing was, or when it is not of this form. */
export async function keptImages(file: string = imagesFile): Promise<Images | null> {
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return null;
  const { besu, kubo, cluster, agent } = JSON.parse(text) as Partial<Images>;
  return besu === undefined || kubo === undefined || cluster === undefined || agent === undefined ? null : { besu, kubo, cluster, agent };
}

/** Keeps the resolved images, whole or not at all. */
export async function keepImages(images: Images, file: string = imagesFile): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(images, null, 2)}\n`);
  await rename(`${file}.new`, file);
}
