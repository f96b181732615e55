// Do other threads of this process work? They zip, encrypt and run add-ons, and Node.js does not tell; Linux does.

import { closeSync, existsSync, openSync, readdirSync, readSync } from "node:fs";

const THREADS = "/proc/self/task"; // a system without it does not tell of threads
const MAIN_THREAD = process.pid;
const AT_WORK = /^.*\) [RD] /s; // running, or waiting for a disk
const canTellThreads = existsSync(THREADS);
const line = Buffer.alloc(128); // enough to see the state of a thread

/** Say whether a thread beside the one that asks is at work. */
export function isAnyThreadAtWork() {
  if (!canTellThreads) return false;
  return readdirSync(THREADS).some((id) => Number(id) !== MAIN_THREAD && isAtWork(`${THREADS}/${id}/stat`));
}

function isAtWork(file) {
  let descriptor;
  try {
    descriptor = openSync(file);
    return AT_WORK.test(line.toString("latin1", 0, readSync(descriptor, line)));
  } catch {
    return false; // it has ended
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
