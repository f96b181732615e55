// Which function does `_HANDLER` name, and what does AWS call it when there is none?

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

import {
  HandlerNotFound,
  ImportModuleError,
  MalformedHandlerName,
  MalformedStreamingHandler,
  UserCodeSyntaxError,
} from "./errors.mjs";

export const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
export const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");

const require = createRequire("/var/runtime/index.mjs"); // where AWS's runtime stands: messages name it

/** Return the function that a handler string names; runtimes with callbacks require what is no ES module. */
export const requireHandler = (handler, root) => findHandler(handler, root, loadCommonJsFirst, anywhere);

/** Return the function that a handler string names; runtimes without callbacks import every module. */
export async function importHandler(handler, root) {
  try {
    return await findHandler(handler, root, loadByImport, inExports);
  } catch (error) {
    if (error instanceof UserCodeSyntaxError) error.stack = error.cause.stack; // it shows the line
    throw error;
  }
}

/** Say whether a handler writes its answer to a stream. */
export function isStreaming(handler) {
  const mode = handler[STREAMING];
  if (mode && mode !== "response") throw new MalformedStreamingHandler("Only response streaming is supported.");
  return Boolean(mode);
}

async function findHandler(handler, root, load, find) {
  const { directory, name, members } = parts(handler);
  const found = find(await loaded(() => load(root, directory, name)), members);
  if (!found) throw new HandlerNotFound(`${handler} is undefined or not exported`);
  if (typeof found !== "function") throw new HandlerNotFound(`${handler} is not a function`);
  return found;
}

/** Split `directory/file.export.nested`. */
function parts(handler) {
  if (handler.includes("..")) {
    throw new MalformedHandlerName(
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const base = path.basename(handler);
  const directory = handler.slice(0, handler.indexOf(base));
  const [, name, members] = /^([^.]*)\.(.*)$/.exec(base) ?? [];
  if (name === undefined) throw new MalformedHandlerName("Bad handler");
  return { directory, name, members: members.split(".") };
}

/** Load the user's module; the runtime has names of its own for two kinds of errors. */
async function loaded(load) {
  try {
    return await load();
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserCodeSyntaxError(error, { cause: error });
    if (error?.code === "MODULE_NOT_FOUND") throw new ImportModuleError(error);
    throw error;
  }
}

function loadCommonJsFirst(root, directory, name) {
  const file = path.resolve(root, directory, name);
  const loadJs = existsSync(`${file}.js`) && isEsModuleFolder(path.dirname(file)) ? importFile : require;
  return loadFirst({ "": require, ".js": loadJs, ".mjs": importFile, ".cjs": require }, file, () =>
    require(require.resolve(name, { paths: [root, directory] })),
  );
}

function loadByImport(root, directory, name) {
  const file = path.resolve(root, directory, name);
  return loadFirst({ "": importFile, ".js": importFile, ".mjs": importFile, ".cjs": importFile }, file, () =>
    require(require.resolve(name, { paths: [root, path.join(root, directory)] })),
  );
}

/** Load the first file that exists, in the order of the extensions; else what Node finds by the name. */
function loadFirst(loaders, file, loadByName) {
  const extension = Object.keys(loaders).find((ending) => existsSync(file + ending));
  return extension === undefined ? loadByName() : loaders[extension](file + extension);
}

const importFile = (file) => import(pathToFileURL(file));

/** Say whether the nearest package.json makes `.js` files of a folder ES modules. */
function isEsModuleFolder(folder) {
  if (folder.endsWith("/node_modules")) return false;
  const description = path.join(folder, "package.json");
  if (existsSync(description)) {
    try {
      return JSON.parse(readFileSync(description, "utf8"))?.type === "module";
    } catch (error) {
      console.warn(`${description} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  const parent = path.dirname(folder);
  return parent !== folder && isEsModuleFolder(parent);
}

const anywhere = (module, members) => members.reduce((found, member) => found && found[member], module);

const inObjects = (module, members) =>
  members.reduce((found, member) => (found && typeof found === "object" ? found[member] : undefined), module);

/** A CommonJS module that is imported has its exports in `default` as well; not all of them are found by name. */
const inExports = (module, members) => inObjects(module, members) || inObjects(module?.default, members);
