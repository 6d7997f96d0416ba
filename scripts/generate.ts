/** `npm run generate`: writes every generated file. `test/generated.test.ts` demands that doing so changes nothing. */
import { writeFile } from "node:fs/promises";
import { generateAll } from "./generate/all.ts";

for (const { path, text } of await generateAll()) {
  await writeFile(path, text);
  console.log(path);
}
