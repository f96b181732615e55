// How does what user code logs reach the log? Every call of `console` is one event, whatever lines it has.

import { writeSync } from "node:fs";
import { format } from "node:util";

import { asError, loggedJson } from "./errors.mjs";

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];
const FRAME_HEADER_BYTES = 16;
const FRAME_TYPE_TEXT = 0xa55a0003;
const FRAME_TYPE_JSON = 0xa55a0002;

/**
 * Lead the methods of `console` to the log, in the format and from the level that the function has.
 *
 * @param {string | undefined} noRequestId what stands for the request id before the first invocation
 * @returns {Log} what the runtime logs by
 */
export function patchConsole(noRequestId) {
  const log = new Log(noRequestId);
  const least = LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toLowerCase());
  for (const [rank, level] of LEVELS.entries()) {
    console[level] = rank < least ? () => {} : (message, ...more) => log.write(level, [message, ...more]);
  }
  console.log = console.info;
  return log;
}

class Log {
  #isJson = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
  #emit;
  #requestId;
  #tenantId;

  constructor(noRequestId) {
    this.#requestId = noRequestId;
    const descriptor = process.env._LAMBDA_TELEMETRY_LOG_FD;
    delete process.env._LAMBDA_TELEMETRY_LOG_FD;
    const type = this.#isJson ? FRAME_TYPE_JSON : FRAME_TYPE_TEXT;
    this.#emit = descriptor === undefined ? writeLine : (...event) => writeFrame(Number(descriptor), type, ...event);
  }

  /** Say to which invocation the following belongs. */
  setInvocation(requestId, tenantId) {
    this.#requestId = requestId;
    this.#tenantId = tenantId;
  }

  /** Write one event. */
  write(level, values) {
    const now = new Date();
    const timestamp = now.toISOString();
    const name = level.toUpperCase();
    const requestId = this.#requestId;
    const event = this.#isJson
      ? json({ timestamp, level: name, requestId, tenantId: this.#tenantId }, values)
      : `${timestamp}\t${requestId}\t${name}\t${format(...values)}`;
    this.#emit(event, level, now);
  }

  /** Write what the runtime has to say of an error. */
  error(headline, thrown) {
    const error = asError(thrown);
    if (this.#isJson) console.error(error);
    else console.error(headline, `\t${loggedJson(error)}`);
  }
}

/** Return an event in the JSON format: a lone value as it is, several as the text that they make. */
function json(members, values) {
  if (values.length > 1) {
    const error = values.find((value) => value instanceof Error);
    return JSON.stringify({ ...members, message: format(...values), ...(error && describe(error)) });
  }
  try {
    return JSON.stringify({ ...members, message: values[0] }, (_, value) => withMembers(value));
  } catch {
    return JSON.stringify({ ...members, message: format(values[0]) });
  }
}

const withMembers = (value) => (value instanceof Error ? { ...describe(value), ...value } : value);

function describe({ constructor, message, stack }) {
  return {
    errorType: constructor?.name ?? "UnknownError",
    errorMessage: message,
    stackTrace: typeof stack === "string" ? stack.split("\n") : [],
  };
}

/** Write an event to standard output, where a line is an event. */
const writeLine = (event) => process.stdout.write(`${event.replace(/\n/g, "\r")}\n`);

/** Write an event to the platform's descriptor: type with level, length, microseconds, text. */
function writeFrame(descriptor, type, event, level, now) {
  const text = Buffer.from(type === FRAME_TYPE_TEXT ? `${event}\n` : event);
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32BE((type | ((LEVELS.indexOf(level) + 1) << 2)) >>> 0, 0);
  header.writeUInt32BE(text.length, 4);
  header.writeBigInt64BE(BigInt(now.valueOf()) * 1000n, 8);
  writeSync(descriptor, Buffer.concat([header, text]));
}
