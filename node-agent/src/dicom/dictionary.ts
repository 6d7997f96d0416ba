import { privateText, repeatingText, standardText } from "./dictionary.generated.ts";

/** One attribute of PS3.6. `vr` may be "xs" (US or SS) or "ox" (OB or OW) where the VR depends on other attributes. */
export type DictionaryRow = { readonly tag: string; readonly vr: string; readonly keyword: string };
type Repeating = {
  readonly groups: readonly [number, number];
  readonly elements: readonly [number, number];
  readonly vr: string;
  readonly keyword: string;
};

const rows = (text: string): string[] => text.split("\n").filter((line) => line !== "");

const byTag: ReadonlyMap<string, DictionaryRow> = new Map(
  rows(standardText).map((line) => {
    const [tag = "", vr = "", keyword = ""] = line.split(" ");
    return [tag, { tag, vr, keyword }];
  }),
);

const byKeyword: ReadonlyMap<string, DictionaryRow> = new Map([...byTag.values()].map((row) => [row.keyword, row]));

const repeating: readonly Repeating[] = rows(repeatingText).map((line) => {
  const [low = "", high = "", first = "", last = "", vr = "", keyword = ""] = line.split(" ");
  const number = (hex: string): number => Number.parseInt(hex, 16);
  return { groups: [number(low), number(high)], elements: [number(first), number(last)], vr, keyword };
});

/** SUV factors live here and nowhere else; without a VR a viewer reads them as bytes and shows wrong uptake values. */
const philipsPet = "Philips PET Private Group\t705300DS 705309DS";

const byCreator: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  [...rows(privateText), philipsPet].map((line) => {
    const [creator = "", list = ""] = line.split("\t");
    return [creator, new Map(list.split(" ").map((word) => [word.slice(0, 6), word.slice(6)]))];
  }),
);

/** The dictionary row of a tag (8 upper-case hex digits), repeating groups included; null when PS3.6 has none. */
export function rowOfTag(tag: string): DictionaryRow | null {
  const row = byTag.get(tag);
  if (row !== undefined) return row;
  const group = Number.parseInt(tag.slice(0, 4), 16);
  const element = Number.parseInt(tag.slice(4), 16);
  if (element === 0) return { tag, vr: "UL", keyword: "" };
  const found = repeating.find(
    (r) => group >= r.groups[0] && group <= r.groups[1] && element >= r.elements[0] && element <= r.elements[1] && group % 2 === 0,
  );
  return found === undefined ? null : { tag, vr: found.vr, keyword: found.keyword };
}

/** The dictionary row of a keyword (PS3.6), or null. */
export const rowOfKeyword = (keyword: string): DictionaryRow | null => byKeyword.get(keyword) ?? null;

/** VR of a private attribute by its creator and tag; null when the creator or the attribute is not known. */
export const vrOfPrivate = (creator: string, tag: string): string | null =>
  byCreator.get(creator)?.get(tag.slice(0, 4) + tag.slice(6)) ?? null;
