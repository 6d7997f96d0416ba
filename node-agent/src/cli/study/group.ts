import type { Command } from "commander";
import type { Io } from "../io.ts";
import { registerStudyErase } from "./erase.ts";
import { registerStudyExport } from "./export.ts";
import { registerStudyList } from "./list.ts";
import { registerStudySeal } from "./seal.ts";
import { registerStudyShow } from "./show.ts";
import { registerStudyStore } from "./store.ts";
import { registerStudyWithdraw } from "./withdraw.ts";

/** `fiducial study ...` */
export function registerStudy(program: Command, io: Io): void {
  const study = program.command("study").description("imaging studies at this hospital");
  registerStudyList(study, io);
  registerStudyShow(study, io);
  registerStudyStore(study, io);
  registerStudyExport(study, io);
  registerStudySeal(study, io);
  registerStudyWithdraw(study, io);
  registerStudyErase(study, io);
}
