/** The thread that works on objects: one question after the other, errors as answers. It holds the bytes of instances that were read and are not sealed yet, and no key beyond its work. */
import { parentPort } from "node:worker_threads";
import { giveBack } from "../model/give-back.ts";
import { check, read, seal } from "./jobs.ts";
import { type Answer, type Question, type Result, sent } from "./messages.ts";

const port = parentPort;
if (port === null) throw new Error("this module runs as a worker thread");
const held = new Map<number, Uint8Array<ArrayBuffer>>();

function drop(of: number): void {
  const bytes = held.get(of);
  held.delete(of);
  if (bytes !== undefined) giveBack(bytes);
}

function work(question: Question): Result {
  switch (question.do) {
    case "read": {
      const result = read(question.bytes);
      if (result.did === "read") held.set(question.no, question.bytes);
      else giveBack(question.bytes);
      return result;
    }
    case "seal": {
      const plain = held.get(question.of);
      if (plain === undefined) throw new Error("the instance to be sealed is not here");
      try {
        return { did: "seal", ...seal(plain, question.sessionKey, question.prefix) };
      } finally {
        drop(question.of);
      }
    }
    case "drop":
      drop(question.of);
      return { did: "drop" };
    case "check":
      try {
        return { did: "check", facts: check(question.bytes, question.sessionKey) };
      } finally {
        giveBack(question.bytes);
      }
    default:
      throw new Error("no such work");
  }
}

/** Memory that goes over to the asker instead of being copied. */
function moved(result: Result): ArrayBuffer[] {
  const views = result.did === "seal" ? result.blocks.map(({ bytes }) => bytes) : [];
  return [...new Set(views.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : [])))];
}

port.on("message", (question: Question) => {
  let answer: Answer;
  let transfer: ArrayBuffer[] = [];
  try {
    const result = work(question);
    answer = { no: question.no, result };
    transfer = moved(result);
  } catch (error) {
    answer = { no: question.no, error: sent(error) };
  } finally {
    if ("sessionKey" in question) question.sessionKey.fill(0);
  }
  port.postMessage(answer, transfer);
});
