/** Texts on the chain are anybody's: what steers a terminal or turns the writing around must not reach the reader. */
const steering = /[\p{C}\p{Zl}\p{Zp}]+/gu;

/** One line of plain text: control and formatting characters become spaces, runs of space one, none at the ends. */
export const plainLine = (text: string): string => text.replaceAll(steering, " ").replaceAll(/\p{Z}+/gu, " ").trim();

/** The same line by line: line feeds stay, indentation too. */
export const plainLines = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.replaceAll(steering, " ").trimEnd())
    .join("\n");

/** Cut where nobody reads on, with dots for the rest; never in the middle of a character. */
export function cutTo(text: string, length: number): string {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, Math.max(0, length - 3)).join("")}...` : text;
}
