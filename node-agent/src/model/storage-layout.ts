/** A storage layout in the form of contracts/layouts/*.json. */
export type Layout = {
  readonly namespaces: Readonly<Record<string, readonly string[]>>;
  readonly types: Readonly<Record<string, { readonly bytes: number; readonly members: readonly string[] }>>;
};

/** What happened to fields that must stay where they are; fields after them are free. */
function moved(where: string, before: readonly string[], after: readonly string[]): string[] {
  return before.flatMap((field, index) => {
    const now = after[index];
    if (now === field) return [];
    return [now === undefined ? `${where} loses "${field}"` : `in ${where} "${field}" becomes "${now}"`];
  });
}

/** Whether every use of a structure is as the value of a mapping, where it may grow without moving a neighbour. */
function onlyInMappings(name: string, { namespaces, types }: Layout): boolean {
  const fields = [...Object.values(namespaces), ...Object.values(types).map(({ members }) => members)].flat();
  return fields.filter((field) => field.includes(name)).every((field) => field.includes(`t_mapping(`) && field.endsWith(`,${name})`));
}

/**
 * What a new version would do to the storage of the one in use, in sentences; empty when nothing stored changes its meaning.
 * Fields may be added at the end of a namespace or of a structure that lives in mappings only, and new namespaces beside the old (ERC-7201).
 */
export function layoutFindings(before: Layout, after: Layout): string[] {
  const findings: string[] = [];
  for (const [name, fields] of Object.entries(before.namespaces)) {
    const now = after.namespaces[name];
    if (now === undefined) findings.push(`the storage of ${name} is forgotten`);
    else findings.push(...moved(name, fields, now));
  }
  for (const [name, { bytes, members }] of Object.entries(before.types)) {
    const now = after.types[name];
    // A type that is gone is no loss by itself: the fields that used it are compared above.
    if (now === undefined) continue;
    findings.push(...moved(name, members, now.members));
    const grown = now.bytes !== bytes && !Object.keys(before.namespaces).some((space) => after.namespaces[space] !== undefined && isRoot(name, before, space));
    if (grown && !onlyInMappings(name, before)) findings.push(`${name} grows from ${bytes} to ${now.bytes} bytes and moves what lies behind it`);
  }
  return findings;
}

/** Whether a structure is the namespace itself, listed among the types with the same fields. */
function isRoot(name: string, layout: Layout, space: string): boolean {
  return layout.types[name]?.members.join() === layout.namespaces[space]?.join();
}

/** Namespaces the new version adds that hold plain values: somebody has to set them. */
export function addedValues(before: Layout, after: Layout): string[] {
  return Object.entries(after.namespaces)
    .filter(([name, fields]) => before.namespaces[name] === undefined && fields.some((field) => !/: t_(?:mapping|array)\(/u.test(field)))
    .map(([name]) => name);
}

/** What a new version does with the storage, in sentences for people: what is added, and everything `layoutFindings` has against it. */
export function layoutChanges(before: Layout, after: Layout): string[] {
  const added = Object.entries(after.namespaces).flatMap(([name, fields]) => {
    const known = before.namespaces[name];
    if (known === undefined) return fields.map((field) => `adds ${field} in the new storage ${name}`);
    return fields.slice(known.length).map((field) => `adds ${field} at the end of ${name}`);
  });
  const grown = Object.entries(after.types).flatMap(([name, { members }]) => {
    const known = before.types[name];
    const root = Object.keys(after.namespaces).some((space) => isRoot(name, after, space));
    return known === undefined || root ? [] : members.slice(known.members.length).map((field) => `adds ${field} at the end of every ${name}`);
  });
  const harm = layoutFindings(before, after).map((finding) => `does harm: ${finding}`);
  const all = [...harm, ...added, ...grown];
  return all.length === 0 ? ["keeps the storage as it is"] : all;
}
