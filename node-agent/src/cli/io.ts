import type { Shutdown } from "../ops/shutdown.ts";

export type Output = {
  write(text: string): void;
  /** Whether a person watches: then progress is redrawn in place. */
  readonly terminal: boolean;
  readonly columns: number;
};

/** What a command sees of its surroundings; the process itself belongs to main.ts. */
export type Io = {
  /** Results. */
  readonly out: Output;
  /** Progress and errors. */
  readonly err: Output;
  /** Stand-ins for options that were not given (FIDUCIAL_URL, FIDUCIAL_USER, FIDUCIAL_PASSWORD_FILE). */
  readonly defaults: { readonly url: string | null; readonly user: string | null; readonly passwordFile: string | null };
  readonly shutdown: Shutdown;
  /** Calls back once when standard input ends, which is how a child learns that its parent is gone. */
  onInputEnd(then: () => void): void;
};
