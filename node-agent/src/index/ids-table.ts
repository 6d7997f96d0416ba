import type { Database } from "./database.ts";
import { bytesOf, type Hex } from "./columns.ts";

/** Identifiers by number. Numbers are given in order of first appearance, so a replay gives the same ones. */
export type IdsTable = {
  /** The number of an identifier, giving it one when it is new. Only inside a transaction. */
  number(id: Hex): number;
  /** The number of an identifier, or null when no event has named it. */
  find(id: Hex): number | null;
  /** Forgets what was remembered from a transaction that did not happen. */
  forget(): void;
};

/** Identifiers remembered in memory (about 150 bytes each): a request's few events mostly follow one another closely. */
const mostRemembered = 100_000;

export function createIdsTable(database: Database): IdsTable {
  const select = database.statement("SELECT no FROM ids WHERE value = ?");
  const insert = database.statement("INSERT INTO ids (value) VALUES (?)");
  const remembered = new Map<Hex, number>();
  const remember = (id: Hex, no: number): number => {
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(id, no);
    return no;
  };
  const find = (id: Hex): number | null => {
    const known = remembered.get(id);
    if (known !== undefined) return known;
    const no = select.get(bytesOf(id))?.["no"];
    return typeof no === "number" ? remember(id, no) : null;
  };
  return {
    find,
    number: (id) => find(id) ?? remember(id, Number(insert.run(bytesOf(id)).lastInsertRowid)),
    forget: () => remembered.clear(),
  };
}
