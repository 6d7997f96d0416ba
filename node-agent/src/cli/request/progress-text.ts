import type { Progress } from "../api.ts";
import { megabytes } from "../text.ts";

/** A span in words: 45 s, 3 min 20 s, 2 h 5 min. */
function span(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** How far a fetch is, in one line: phase, objects, bytes, pace, what is left, who gives. */
export function progressText(progress: Progress): string {
  const { phase, bytesDone, bytesTotal, bytesPerSecond, etaSeconds, sources, error } = progress;
  const under = phase === "blocks" || phase === "verifying";
  return [
    phase,
    `${progress.objectsDone}/${progress.objectsTotal ?? "?"} objects`,
    bytesTotal ? `${megabytes(bytesDone)} of ${megabytes(bytesTotal)}` : null,
    under && bytesPerSecond !== null ? `${megabytes(bytesPerSecond)}/s` : null,
    under && etaSeconds !== null ? `${span(etaSeconds)} left` : null,
    sources.length > 0 ? `from ${sources.map(({ name }) => name).join(", ")}` : null,
    error,
  ]
    .filter((part) => part !== null)
    .join(", ");
}
