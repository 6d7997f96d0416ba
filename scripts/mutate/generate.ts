import { sourcesOf } from "../slither/sources.ts";
import { syntaxTree } from "./compiler.ts";
import { mutantsOf, type Mutant } from "./mutations.ts";
import { subjects, type Subject } from "./subjects.ts";

export type Generated = { readonly subject: Subject; readonly mutants: readonly Mutant[] };

/** Every mutant of every subject whose file's name contains `wanted`. Compiles nothing, parses each file. */
export async function generateMutants(wanted = ""): Promise<Generated[]> {
  const generated: Generated[] = [];
  for (const subject of subjects.filter(({ file }) => file.includes(wanted))) {
    const sources = await sourcesOf([subject.file]);
    generated.push({ subject, mutants: mutantsOf(syntaxTree(sources, subject.file), sources[subject.file]?.content ?? "") });
  }
  return generated;
}
