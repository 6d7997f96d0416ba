import { generateAbi } from "./abi.ts";
import { generateConfig } from "./config.ts";
import { generateConsortiumSchema } from "./consortium-schema.ts";
import { generateDictionary } from "./dictionary.ts";
import { generateErrors } from "./errors.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { generateKnownCode } from "./known-code.ts";
import { generateMetrics } from "./metrics.ts";
import { generateMutation } from "./mutation.ts";
import { generateOpenapi } from "./openapi.ts";

/** Every generated file of the repository. Needs compiled contracts (`npm run build`). */
export async function generateAll(): Promise<GeneratedFile[]> {
  const made: (GeneratedFile | readonly GeneratedFile[])[] = await Promise.all([
    generateAbi(),
    generateConfig(),
    generateConsortiumSchema(),
    generateDictionary(),
    generateErrors(),
    generateKnownCode(),
    generateMetrics(),
    generateMutation(),
    generateOpenapi(),
  ]);
  return made.flat();
}
