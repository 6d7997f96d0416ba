import { cidOfRoot } from "../dag/block.ts";
import type { Get } from "../dag/node.ts";
import { fileSize } from "../dag/read-file.ts";
import { readDirectory, resolve } from "../dag/read-directory.ts";
import { fault } from "../model/fault.ts";
import type { Digest, StudyId } from "../model/ids.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { openWhole, type ObjectRef } from "./open-object.ts";

/** A file below a study root. Throws MANIFEST_MALFORMED when there is none of that name. */
export async function objectAt(root: Digest, path: string, get: Get): Promise<ObjectRef> {
  const entry = await resolve(cidOfRoot(root), path, get);
  if (entry === null) throw fault("MANIFEST_MALFORMED", { what: `the root has no ${path}` });
  return { object: entry.cid.toString(), objectSize: await fileSize(entry.cid, get) };
}

/** CIDs by name in one directory below a study root, read once for many names. Throws MANIFEST_MALFORMED when there is no such directory. */
export async function namesIn(root: Digest, directory: string, get: Get): Promise<ReadonlyMap<string, string>> {
  const found = await resolve(cidOfRoot(root), directory, get);
  if (found === null) throw fault("MANIFEST_MALFORMED", { what: `the root has no ${directory}` });
  const names = new Map<string, string>();
  for await (const { name, cid } of readDirectory(found.cid, get)) if (!names.has(name)) names.set(name, cid.toString());
  return names;
}

/** Opens the manifest below a root and checks that it is this study's. Throws MANIFEST_MALFORMED, OBJECT_MISSING, BLOCK_MISSING, the ENVELOPE_ faults. */
export async function manifestOf(input: { readonly study: StudyId; readonly root: Digest; readonly sessionKey: Uint8Array; readonly get: Get }): Promise<Manifest> {
  const { study, root, sessionKey, get } = input;
  const manifest = readManifest(await openWhole(sessionKey, await objectAt(root, "manifest.pgp", get), get));
  if (manifest.study !== study) throw fault("MANIFEST_MALFORMED", { what: "it belongs to another study" });
  return manifest;
}
