import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Folders of development packages that ship DICOM files made by real devices. */
const folders = ["node_modules/dicomweb-client/testData", "node_modules/jpeg-lossless-decoder-js/tests/data"];

/** The real DICOM files published inside installed npm packages, in a fixed order; `root` is the repository. Throws when the packages are not installed. */
export function sampleFiles(root = join(import.meta.dirname, "..")): { path: string; name: string }[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".dcm"))
      .sort()
      .map((name) => ({ path: join(root, folder, name), name })),
  );
}
