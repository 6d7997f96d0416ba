import type { DicomJson, JsonElement, JsonValue } from "../dicom/json.ts";
import { fault } from "../model/fault.ts";

/** A series metadata object holds one line of DICOM JSON per instance, so that it can be read without holding it whole. */
export const seriesLine = (json: DicomJson): Buffer => Buffer.from(`${JSON.stringify(json)}\n`, "utf8");

/** The lines of a series metadata object. Throws MANIFEST_MALFORMED when one is no JSON object. */
export async function* readSeriesLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<DicomJson, void, undefined> {
  let held: Buffer[] = [];
  for await (const piece of source) {
    let rest = Buffer.from(piece);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield parseLine(Buffer.concat([...held, rest.subarray(0, end)]));
      held = [];
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) held.push(rest);
  }
  if (held.length > 0) throw fault("MANIFEST_MALFORMED", { what: "a series' metadata ends within a line" });
}

function parseLine(line: Buffer): DicomJson {
  try {
    const json: unknown = JSON.parse(line.toString("utf8"));
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as DicomJson;
  } catch (cause) {
    throw fault("MANIFEST_MALFORMED", { what: "a line of a series' metadata is not JSON" }, cause);
  }
  throw fault("MANIFEST_MALFORMED", { what: "a line of a series' metadata is not an object" });
}

const isItem = (value: JsonValue): value is DicomJson => typeof value === "object" && value !== null && Object.values(value).every((one) => typeof one === "object" && one !== null && "vr" in one);

/** Stored metadata names bulk values by their path alone; here each becomes the address a client can ask. */
export function withBulkAddresses(json: DicomJson, address: (path: string) => string): DicomJson {
  const out: Record<string, JsonElement> = {};
  for (const [tag, element] of Object.entries(json)) {
    if (element.BulkDataURI !== undefined) out[tag] = { ...element, BulkDataURI: address(element.BulkDataURI) };
    else if (element.vr === "SQ" && element.Value !== undefined) out[tag] = { ...element, Value: element.Value.map((item) => (isItem(item) ? withBulkAddresses(item, address) : item)) };
    else out[tag] = element;
  }
  return out;
}
