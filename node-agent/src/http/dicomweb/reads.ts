import type { HospitalContext } from "../../flows/context.ts";
import type { Principal } from "../../ports/accounts.ts";
import type { StudyRecord } from "../../ports/catalogue.ts";
import { isPatientOnly } from "./access.ts";

/** Notes reads of images: every read is counted; the log gets one line per person, study and session of use, not one per frame. */
export type ReadLog = { noted(who: Principal, record: StudyRecord, what: "instances" | "metadata" | "frames" | "bulkdata"): void };

const sessionMilliseconds = 15 * 60_000;
const mostSessions = 10_000;

export function createReadLog(context: HospitalContext): ReadLog {
  const sessions = new Map<string, number>();
  return {
    noted: (who, record, what) => {
      context.metrics.count("fiducial_study_reads_total", { role: record.role });
      const key = `${record.study} ${who.name}`;
      const now = context.clock.now();
      const last = sessions.get(key);
      if (sessions.size >= mostSessions) sessions.clear();
      sessions.set(key, now);
      const fields = { study: record.study, role: record.role, account: isPatientOnly(who) ? "a patient" : who.name, what };
      if (last === undefined || now - last > sessionMilliseconds) context.log.info("study read", fields);
      else context.log.debug("study read on", fields);
    },
  };
}
