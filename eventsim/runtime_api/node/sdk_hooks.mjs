// How is a package of the SDK resolved that is not beside the code? As if the code lay beside a folder of NODE_PATH.

import path from "node:path";
import { pathToFileURL } from "node:url";

const OF_SDK = /^@(aws-sdk|smithy)\//;
let folders = [];

export function initialize(data) {
  folders = data;
}

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!OF_SDK.test(specifier)) throw error;
    for (const folder of folders) {
      try {
        return await next(specifier, { ...context, parentURL: pathToFileURL(path.join(folder, "..", "index.mjs")).href });
      } catch {
        // perhaps the next folder has it
      }
    }
    throw error;
  }
}
