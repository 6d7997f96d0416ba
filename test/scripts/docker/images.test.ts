import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { type Docker, DockerFailed } from "../../../scripts/docker/client.ts";
import { byDigest, hasImage, keepImages, keptImages, publishedImages } from "../../../scripts/docker/images.ts";
import { dockerOrSkip } from "../../support/docker.ts";

const sha = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** What `docker image inspect` says, as far as it is read here. */
const inspecting = (digests: readonly string[] | null): Docker => ({ server: "0", compose: "0", call: async () => JSON.stringify({ Id: sha("f"), RepoDigests: digests }) });

async function folder(t: ExecutionContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-images-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test("a tag becomes the digest by which its own registry knows it, and no other's", async (t) => {
  const known = [`mirror.example/hyperledger/besu@${sha("1")}`, `hyperledger/besu@${sha("2")}`];
  t.is(await byDigest(inspecting(known), "docker.io/hyperledger/besu:26.8.0"), `docker.io/hyperledger/besu:26.8.0@${sha("2")}`);
  t.is(await byDigest(inspecting(known), "mirror.example/hyperledger/besu:26.8.0"), `mirror.example/hyperledger/besu:26.8.0@${sha("1")}`);
  t.is(await byDigest(inspecting([`node@${sha("3")}`]), "docker.io/library/node:24-bookworm-slim"), `docker.io/library/node:24-bookworm-slim@${sha("3")}`);
  t.is(await byDigest(inspecting([`localhost:5000/besu@${sha("4")}`]), "localhost:5000/besu:1"), `localhost:5000/besu:1@${sha("4")}`);
});

test("what came from no registry goes by its id, and a digest stays what it is", async (t) => {
  t.is(await byDigest(inspecting(null), "fiducial-agent:local"), sha("f"));
  t.is(await byDigest(inspecting([]), "fiducial-agent:local"), sha("f"));
  for (const fixed of [sha("a"), `x/y@${sha("b")}`, `x/y:1@${sha("c")}`]) t.is(await byDigest(inspecting([`x/y@${sha("d")}`]), fixed), fixed);
});

test("the published images are those of the pinned versions", (t) => {
  t.is(publishedImages.besu, "docker.io/hyperledger/besu:26.8.0");
  for (const image of Object.values(publishedImages)) t.regex(image, /^docker\.io\/[a-z]+\/[a-z-]+:v?\d/u);
});

test("what was resolved is kept whole or not at all", async (t) => {
  const file = join(await folder(t), "deep", "images.json");
  t.is(await keptImages(file), null);
  const images = { besu: sha("1"), kubo: sha("2"), cluster: sha("3"), agent: sha("4") };
  await keepImages(images, file);
  t.deepEqual(await keptImages(file), images);
  t.deepEqual(JSON.parse(await readFile(file, "utf8")), images);
  await writeFile(file, JSON.stringify({ besu: sha("1") }));
  t.is(await keptImages(file), null);
});

test("an image that the daemon does not have is told from a daemon that does not answer", async (t) => {
  const docker = await dockerOrSkip(t);
  if (docker === null) return;
  t.false(await hasImage(docker, sha("0")));
  const gone: Docker = { ...docker, call: async () => Promise.reject(new DockerFailed("Cannot connect to the Docker daemon")) };
  await t.throwsAsync(hasImage(gone, sha("0")), { instanceOf: DockerFailed });
});
