import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { assembleFounding, type Founding, parseTerms } from "../../../../../network/ceremony/assemble.ts";
import { readSubmission, type Submission } from "../../../../../network/ceremony/submission.ts";
import { fault } from "../../../model/fault.ts";
import { readJson } from "../../files.ts";

/** Every JSON file of a folder by name, parsed. Throws CLI_FILE. */
export async function jsonFilesIn(folder: string): Promise<{ readonly what: string; readonly value: unknown }[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw fault("CLI_FILE", { file: folder, why: error.code ?? "unknown" }, error);
  });
  return await Promise.all(names.filter((name) => name.endsWith(".json")).sort().map(async (name) => ({ what: name, value: await readJson(join(folder, name)) })));
}

/** The founding that these terms and submissions make, each submission's signatures checked. Throws NETWORK_FILE_WRONG, NETWORK_CEREMONY_WRONG, CLI_FILE. */
export async function foundingFrom(options: { readonly terms: string; readonly submissions: string }): Promise<{ readonly founding: Founding; readonly submissions: readonly Submission[]; readonly again: (order: readonly Submission[]) => Founding }> {
  const text = await readFile(options.terms, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw fault("CLI_FILE", { file: options.terms, why: error.code ?? "unknown" }, error);
  });
  const terms = parseTerms(text);
  const submissions = (await jsonFilesIn(options.submissions)).map(({ what, value }) => readSubmission(value, what));
  const again = (order: readonly Submission[]) => assembleFounding(terms, order);
  return { founding: again(submissions), submissions, again };
}
