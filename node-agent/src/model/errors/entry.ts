/** One row of the error catalogue: what happened (`message`), what it means to HTTP (`status`), what to do next (`hint`). */
export type ErrorEntry<Details extends object> = {
  readonly status: number;
  readonly title: string;
  readonly hint: string;
  /** Must never repeat anything that identifies a patient: details are ids, sizes, codes and counts. */
  readonly message: (details: Details) => string;
};

/** Declares one catalogue row and infers the type of its details. */
export function entry<Details extends object = Record<never, never>>(row: ErrorEntry<Details>): ErrorEntry<Details> {
  return Object.freeze(row);
}
