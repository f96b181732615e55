// Which process on which machine is this? The same in every run, as Python handlers have it.

import { syncBuiltinESMExports } from "node:module";
import os from "node:os";

/** Take the identity of a process on one of Lambda's machines. */
export function takeIdentity() {
  const { kill, pid } = process;
  Object.defineProperties(process, { pid: { value: 8 }, ppid: { get: () => 1 } }); // a value would not be kept
  process.kill = (id, signal) => kill.call(process, id === process.pid ? pid : id, signal); // 8 is somebody else here
  os.hostname = () => "169.254.10.1";
  syncBuiltinESMExports();
}
