import type { Address, MemberId } from "../model/ids.ts";
import { integer } from "./columns.ts";
import type { Database } from "./database.ts";

export type CreditsTable = {
  set(subject: MemberId | Address, score: number): void;
  last(subject: MemberId | Address): number | null;
};

/** The score each subject had when it last changed, undecayed. Members and credit accounts cannot be confused: one is a number, the other 0x hex. */
export function createCreditsTable(database: Database): CreditsTable {
  const put = database.statement("INSERT OR REPLACE INTO credits (subject, score) VALUES (?, ?)");
  const select = database.statement("SELECT score FROM credits WHERE subject = ?");
  return {
    set: (subject, score) => void put.run(String(subject), score),
    last: (subject) => {
      const row = select.get(String(subject));
      return row === undefined ? null : integer(row, "score");
    },
  };
}
