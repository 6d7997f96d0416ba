import { entry } from "./entry.ts";

export const flowErrors = {
  STUDY_INCOMPLETE: entry<{ study: string; have: number; want: number }>({
    status: 503,
    title: "Study still arriving",
    message: (d) => `${d.have} of ${d.want} instances of study ${d.study} are here`,
    hint: "Try again after the time in Retry-After; nothing partial is served as a whole study.",
  }),
} as const;
