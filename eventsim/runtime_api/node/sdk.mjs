// Where does an ES module find AWS's SDK, which AWS's runtime has with it? In NODE_PATH, which only CommonJS looks into.

import { existsSync } from "node:fs";
import module from "node:module";
import path from "node:path";

/** Let ES modules import the SDK from NODE_PATH, if it is there and not beside the code. */
export function offerSdk(root, nodePath = "") {
  const folders = nodePath.split(path.delimiter).filter((folder) => existsSync(path.join(folder, "@aws-sdk")));
  if (folders.length === 0 || !module.register || existsSync(path.join(root, "node_modules", "@aws-sdk"))) return;
  module.register("./sdk_hooks.mjs", import.meta.url, { data: folders });
}
