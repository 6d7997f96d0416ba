import type { Command } from "commander";
import type { Io } from "../io.ts";
import { registerReviewKey } from "./key.ts";
import { registerReviewList } from "./list.ts";
import { registerReviewSign } from "./sign.ts";
import { registerReviewSubmit } from "./submit.ts";

/** `fiducial review ...` */
export function registerReview(program: Command, io: Io): void {
  const review = program.command("review").description("a regulator's reviews of emergency accesses");
  registerReviewList(review, io);
  registerReviewSign(review, io);
  registerReviewSubmit(review, io);
  registerReviewKey(review, io);
}
