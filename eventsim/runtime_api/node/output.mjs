// In which order does what is printed come? In that in which the program prints it.

import fs, { writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/** Have whoever prints wait until it is printed: Node.js makes its pipes such that a full one refuses to take more. */
export function waitForOutput() {
  for (const name of ["stdout", "stderr"]) {
    const { get, ...rest } = Object.getOwnPropertyDescriptor(process, name); // it opens the stream when it is asked first
    const open = () => {
      const stream = get.call(process);
      stream._handle?.setBlocking?.(true);
      return stream;
    };
    Object.defineProperty(process, name, { ...rest, get: open });
  }
}

/** Have what is printed by other threads printed at once, as loggers do to be fast; theirs would come at any time. */
export function printAtOnce() {
  const { write } = fs;
  fs.write = (descriptor, data, ...rest) => {
    const callback = rest.pop();
    if (![1, 2].includes(descriptor) || typeof callback !== "function") return write(descriptor, data, ...rest, callback);
    const printed = new Promise((resolve) => resolve(writeSync(descriptor, data, ...rest)));
    printed.then((size) => process.nextTick(callback, null, size, data), (error) => process.nextTick(callback, error));
  };
  Object.defineProperties(fs.write, Object.getOwnPropertyDescriptors(write)); // among them what `promisify` wants
  syncBuiltinESMExports();
}
