import type { Address, MemberId } from "../model/ids.ts";
import type { MemberStatus, MemberView } from "../model/ledger-views.ts";
import { bytesOf, type Hex, type Row, text } from "./columns.ts";
import type { Database } from "./database.ts";
import { memberStatuses } from "./event-row.ts";

export type MembersTable = {
  put(view: MemberView): void;
  /** Replaces fields of a member; a member never admitted is left alone. */
  change(id: MemberId, change: (view: MemberView) => Partial<Omit<MemberView, "id">>): void;
  member(id: MemberId): MemberView | null;
  members(): MemberView[];
  bySpki(spkiSha256: string): MemberView | null;
};

const viewOf = (row: Row): MemberView => JSON.parse(text(row, "view")) as MemberView;
const digestForm = /^(?:0x)?([0-9a-f]{64})$/iu;

/** Members by id. There are tens of them, so each is one JSON value beside the two columns that are searched. */
export function createMembersTable(database: Database): MembersTable {
  const replace = database.statement("INSERT OR REPLACE INTO members (id, status, spki, view) VALUES (?, ?, ?, ?)");
  const select = database.statement("SELECT view FROM members WHERE id = ?");
  const put = (view: MemberView): void => {
    replace.run(view.id, memberStatuses.indexOf(view.status), bytesOf(view.profile.spkiSha256), JSON.stringify(view));
  };
  const member = (id: MemberId): MemberView | null => {
    const row = select.get(id);
    return row === undefined ? null : viewOf(row);
  };
  return {
    put,
    member,
    change: (id, change) => {
      const view = member(id);
      if (view !== null) put({ ...view, ...change(view) });
    },
    members: () => database.statement("SELECT view FROM members ORDER BY id").all().map(viewOf),
    bySpki: (spkiSha256) => {
      const digest = digestForm.exec(spkiSha256)?.[1];
      if (digest === undefined) return null;
      const active: MemberStatus = "active";
      const rows = database.statement("SELECT view FROM members WHERE spki = ? AND status = ?").all(bytesOf(`0x${digest}` as Hex), memberStatuses.indexOf(active));
      // Two active members with one key would make the caller's identity a guess: nobody is recognised then.
      const [row, second] = rows;
      return row === undefined || second !== undefined ? null : viewOf(row);
    },
  };
}

/** Operators after one joined; the chain keeps them as a set. */
export const withOperator = (operators: readonly Address[], operator: Address): readonly Address[] =>
  operators.includes(operator) ? operators : [...operators, operator];

/** Operators after one left. */
export const withoutOperator = (operators: readonly Address[], operator: Address): readonly Address[] => operators.filter((one) => one !== operator);
