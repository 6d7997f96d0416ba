import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Test files of Debian's python3-pydicom. */
export const pydicomData = "/usr/lib/python3/dist-packages/pydicom/data";

/** Every file under these folders of pydicom's data, or null when the package is not installed. */
export function pydicomFiles(...folders: readonly string[]): { name: string; path: string; bytes: Buffer }[] | null {
  if (!existsSync(pydicomData)) return null;
  return folders.flatMap((folder) =>
    readdirSync(join(pydicomData, folder), { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && !/\.(?:py|pyc|txt|json|zip|gz|md|xml|dump)$|README/u.test(file.name))
      .map((file) => ({ name: file.name, path: join(file.parentPath, file.name) }))
      .sort((a, b) => (a.path < b.path ? -1 : 1))
      .map((file) => ({ ...file, bytes: readFileSync(file.path) })),
  );
}
