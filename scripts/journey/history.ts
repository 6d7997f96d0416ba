import type { ApiClient } from "./api-client.ts";
import type { LedgerEvent } from "./world.ts";

/** The whole history that matches a filter (query string), oldest first, page by page. */
export async function wholeHistory(client: ApiClient, filter: string): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  let before = "";
  do {
    const page = await client.get<{ events: LedgerEvent[]; next: string | null }>(`/api/history?${filter}&limit=1000&order=oldest${before === "" ? "" : `&before=${before}`}`);
    events.push(...page.events);
    before = page.next ?? "";
  } while (before !== "");
  return events;
}
