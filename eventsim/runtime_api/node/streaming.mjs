// How does a handler answer by a stream? It writes into the body of the very request that answers its invocation.
//
// The headers go out with the first write. An error in the middle, when they are long gone, follows as trailers.

import { errorObject, InvalidStreamingOperation } from "./errors.mjs";
import { HIGH_WATER_MARK, STREAMING } from "./handler.mjs";
import { headerText, readBody } from "./runtime_api.mjs";

const ERROR_TYPE = "Lambda-Runtime-Function-Error-Type";
const ERROR_BODY = "Lambda-Runtime-Function-Error-Body";
const HTTP_ANSWER = "application/vnd.awslambda.http-integration-response";
const PRELUDE_END = new Uint8Array(8);

const METHODS = [
  ...["cork", "destroy", "end", "uncork", "write", "setContentType"],
  ...["addListener", "emit", "eventNames", "getMaxListeners", "listenerCount", "listeners", "off", "on", "once"],
  ...["prependListener", "prependOnceListener", "rawListeners", "removeAllListeners", "removeListener"],
  "setMaxListeners",
];
const PROPERTIES = [
  ...["destroyed", "writable", "writableCorked", "writableEnded", "writableFinished", "writableHighWaterMark"],
  ...["writableLength", "writableNeedDrain", "writableObjectMode", "_onBeforeFirstWrite"],
];

/** Give user code the global `awslambda`, unless it does not want it. */
export function addStreaming(more = {}) {
  if (["1", "true"].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  globalThis.awslambda = { ...more, streamifyResponse, HttpResponseStream };
}

/**
 * Run a streaming handler for one event, until the platform has the whole answer or its error.
 *
 * @param runtime what holds the handler, as a method
 * @param complaint makes what is thrown for a handler that does not stream properly
 */
export async function streamAnswer(runtime, api, log, event, context, complaint) {
  const { stream, answered, fail } = openStream(api, context.awsRequestId, runtime.handler[HIGH_WATER_MARK]);
  try {
    const promise = runtime.handler(event, stream, context);
    if (typeof promise?.then !== "function") throw complaint("Streaming does not support non-async handlers.");
    if ((await promise) !== undefined) console.warn("Streaming handlers ignore return values.");
    await answered;
    if (!stream.writableFinished) throw complaint("Response stream is not finished.");
  } catch (error) {
    log.error("Invoke Error", error);
    await fail(error);
  }
}

/** Mark a handler as one that writes its answer to a stream. */
function streamifyResponse(handler, options) {
  handler[STREAMING] = "response";
  if (typeof options?.highWaterMark === "number") handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
  return handler;
}

class HttpResponseStream {
  /** Let status and headers of an HTTP answer precede what is written first. */
  static from(stream, prelude) {
    stream.setContentType(HTTP_ANSWER);
    const json = JSON.stringify(prelude);
    stream._onBeforeFirstWrite = (write) => {
      write(json);
      write(PRELUDE_END);
    };
    return stream;
  }
}

/** Open the answer of an invocation; return what user code writes to, a promise of its end, and how to fail it. */
function openStream(api, id, highWaterMark) {
  const headers = {
    "Lambda-Runtime-Function-Response-Mode": "streaming",
    Trailer: [ERROR_TYPE, ERROR_BODY],
    "Content-Type": "application/octet-stream",
    "Transfer-Encoding": "chunked",
  };
  let request;
  const answered = new Promise((resolve, reject) => {
    request = api.streamResponse(id, headers, highWaterMark, (response) => readBody(response).then(resolve, reject));
    request.on("error", reject);
  });
  answered.catch(() => {}); // told by whoever awaits it
  hookFirstWrite(request);
  const fail = async (error) => {
    const described = errorObject(error);
    const body = Buffer.from(JSON.stringify(described)).toString("base64");
    request.addTrailers({ [ERROR_TYPE]: headerText(described.errorType), [ERROR_BODY]: body });
    request.end();
    await answered.catch(() => {}); // a stream that user code destroyed has no answer
  };
  return { stream: writableOnly(request), answered, fail };
}

/** Let what is no text and no bytes be written as JSON, and what is announced go before the first write. */
function hookFirstWrite(request) {
  let isBegun = false;
  const write = request.write.bind(request);
  request.setContentType = (type) => {
    if (isBegun) throw new InvalidStreamingOperation("Cannot set content-type, too late.");
    request.setHeader("Content-Type", type);
  };
  request.write = (chunk, encoding, callback) => {
    if (!isBegun) request._onBeforeFirstWrite?.(write);
    const isPlain = typeof chunk === "string" || chunk instanceof Uint8Array;
    const isTaken = write(isPlain ? chunk : JSON.stringify(chunk), encoding, callback);
    isBegun = true;
    return isTaken;
  };
}

/** Return the part of a request that is a writable stream. */
function writableOnly(request) {
  const stream = {};
  for (const name of METHODS) stream[name] = request[name].bind(request);
  for (const name of PROPERTIES) {
    Object.defineProperty(stream, name, { get: () => request[name], set: (value) => (request[name] = value) });
  }
  return stream;
}
