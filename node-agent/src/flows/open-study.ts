import type { Uid } from "../model/ids.ts";
import type { StudyRecord } from "../ports/catalogue.ts";

/** Studies being opened, by UID: two uploads of a new study must find one study id and one session key. */
export type Openings = Map<Uid, Promise<StudyRecord>>;
