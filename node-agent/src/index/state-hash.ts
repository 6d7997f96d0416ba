import { createHash } from "node:crypto";
import type { Database } from "./database.ts";

/** SHA-256 (hex) over every row of the tables, each table in its order: equal content gives an equal digest, however it came about. */
export function stateHash(database: Database, tables: readonly { readonly name: string; readonly order: string }[]): string {
  const hash = createHash("sha256");
  for (const { name, order } of tables) {
    hash.update(`table ${name}\n`);
    for (const row of database.sqlite.prepare(`SELECT * FROM ${name} ORDER BY ${order}`).iterate())
      hash.update(`${JSON.stringify(Object.values(row).map((value) => (value instanceof Uint8Array ? { hex: Buffer.from(value).toString("hex") } : value)))}\n`);
  }
  return hash.digest("hex");
}
