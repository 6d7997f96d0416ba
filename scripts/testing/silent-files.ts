/**
 * The test files of which no test has ended, given the names of the test points so far.
 * AVA writes a point's file as its path below the folder of all tests, without the ending: "faults › ipfs › placing › title".
 */
export function silentFiles(files: readonly string[], heard: readonly string[]): string[] {
  const prefix = (file: string) => `${file.replace(/^test\//u, "").replace(/\.test\.ts$/u, "").split("/").join(" › ")} › `;
  return files.filter((file) => !heard.some((name) => name.startsWith(prefix(file))));
}
