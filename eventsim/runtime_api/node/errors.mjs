// What is said of an error: the runtime's own kinds, the error object of an answer, the log's JSON, X-Ray's cause.

import { types } from "node:util";

/** Return a class of errors that is called `Runtime.…`; the JSON log shows it by the class's own name. */
function kind(name) {
  const made = { [name]: class extends Error {} }[name];
  made.prototype.name = `Runtime.${name}`;
  return made;
}

export const CallbackHandlerDeprecated = kind("CallbackHandlerDeprecated");
export const HandlerNotFound = kind("HandlerNotFound");
export const ImportModuleError = kind("ImportModuleError");
export const InvalidStreamingOperation = kind("InvalidStreamingOperation");
export const JSONStringifyError = kind("JSONStringifyError");
export const MalformedHandlerName = kind("MalformedHandlerName");
export const MalformedStreamingHandler = kind("MalformedStreamingHandler");
export const UnhandledPromiseRejection = kind("UnhandledPromiseRejection");
export const UserCodeSyntaxError = kind("UserCodeSyntaxError");

const UNREADABLE = {
  errorType: "handled",
  errorMessage:
    "callback called with Error argument, but there was a problem while retrieving one or more of its message, " +
    "name, and stack",
};

/** Return the error object that answers an invocation; whatever may be thrown has one. */
export function errorObject(error) {
  try {
    if (!isError(error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
    return {
      errorType: printable(error.name),
      errorMessage: printable(error.message),
      trace: printable(error.stack).split("\n"),
    };
  } catch {
    return UNREADABLE;
  }
}

/** Return the JSON that stands in the log for an error, in the text format. */
export function loggedJson(error) {
  try {
    return JSON.stringify(error, (_, value) => (value instanceof Error ? withMembers(value) : value));
  } catch {
    return JSON.stringify(errorObject(error));
  }
}

/** Return the cause of an error as X-Ray wants it, or nothing. */
export function xrayCause(error) {
  try {
    const stack = error.stack ? printable(error.stack).split("\n").slice(1).map(stackFrame) : [];
    return JSON.stringify({
      working_directory: process.cwd(),
      exceptions: [{ type: printable(error.name), message: printable(error.message), stack }],
      paths: [...new Set(stack.map((frame) => frame.path))],
    });
  } catch {
    return "";
  }
}

/** Return what was thrown as an error. */
export const asError = (thrown) => (thrown instanceof Error ? thrown : new Error(String(thrown)));

function isError(thrown) {
  const texts = [thrown?.name, thrown?.message, thrown?.stack];
  return types.isNativeError(thrown) || texts.every((text) => text && typeof text === "string");
}

function withMembers(error) {
  const { name: errorType, message: errorMessage, code, stack } = error;
  const members = { errorType, errorMessage, code, ...error };
  if (typeof stack === "string") members.stack = stack.split("\n");
  return members;
}

/** Return a text that may stand in a header: DEL may not. */
const printable = (text) => text?.replace(/\x7f/g, "%7F");

/** Return the parts of `    at label (path:line:column)`. */
function stackFrame(line) {
  const words = line.trim().replace(/[()]/g, "").replace(/^\S*\s/, "").split(" ");
  const [path, number] = words.pop().split(":");
  return { path, line: parseInt(number), label: words.join(" ") || "anonymous" };
}
