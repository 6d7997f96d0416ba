import type { assertions } from "./assertions.ts";

type Body = (t: typeof assertions) => unknown;
type Registered = { readonly name: string; readonly body: Body };

let registered: Registered[] = [];

function register(name: string, body: Body): void {
  registered.push({ name, body });
}

/** Stands in for `ava` in the judging process: collects what a test file registers. Set-up and clean-up of whole runs are not its business. */
export const test = Object.assign(register, {
  serial: register,
  skip: () => {},
  before: register,
  after: Object.assign(() => {}, { always: () => {} }),
});

/** Gives what was registered since the last call. */
export function takeTests(): readonly Registered[] {
  const taken = registered;
  registered = [];
  return taken;
}
