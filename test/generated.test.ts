import { readFile } from "node:fs/promises";
import test from "ava";
import { generateAll } from "../scripts/generate/all.ts";

test("generated files are what their generators make", async (t) => {
  const files = await generateAll();
  t.true(files.length >= 6);
  for (const { path, text } of files) {
    const committed = await readFile(path, "utf8").catch(() => "");
    t.true(committed === text, `${path} is stale: run npm run generate`);
  }
});
