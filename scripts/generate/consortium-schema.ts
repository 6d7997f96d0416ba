import { consortiumJsonSchema } from "../../network/consortium-file.ts";
import type { GeneratedFile } from "./generated-file.ts";

/** JSON Schema of the consortium file, from the schema that it is checked with. */
export async function generateConsortiumSchema(): Promise<GeneratedFile[]> {
  const published = { $id: "urn:fiducial:schema:consortium", title: "Fiducial consortium", $comment: "Generated from network/consortium-schema.ts", ...consortiumJsonSchema() };
  return [{ path: "docs/reference/consortium.schema.generated.json", text: `${JSON.stringify(published, null, 2)}\n` }];
}
