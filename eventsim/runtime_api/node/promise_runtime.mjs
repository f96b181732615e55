// What does the runtime nodejs24.x do with an event? It awaits what the handler returns; callbacks are no more.
//
// Whatever nobody catches ends the process by Node.js's own rules, and so does an event loop that runs empty.

import { environmentData, invocationData, passTraceId } from "./context.mjs";
import { CallbackHandlerDeprecated, errorObject, JSONStringifyError, xrayCause } from "./errors.mjs";
import { importHandler, isStreaming } from "./handler.mjs";
import { InvokeStore } from "./invoke_store.mjs";
import { resultJson } from "./runtime_api.mjs";
import { addStreaming, streamAnswer } from "./streaming.mjs";

const ARGUMENTS_WITH_CALLBACK = 3;
const NO_CALLBACKS =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to " +
  "modify this function to use a supported handler signature to use Node.js 24 or later. For more information see " +
  "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

/** Load the handler and run it for one event after another. */
export async function run(api, log) {
  const store = new InvokeStore();
  addStreaming({ InvokeStore: store });
  const processor = await load(api, log);
  for (;;) {
    const { headers, body } = await api.next();
    const xRayTraceId = headers["lambda-runtime-trace-id"] ?? "";
    const context = { ...invocationData(headers), xRayTraceId, ...environmentData() };
    passTraceId(headers);
    log.setInvocation(context.awsRequestId, context.tenantId);
    store.setInvocation(context);
    await processor.processInvoke(JSON.parse(body), context);
  }
}

async function load(api, log) {
  try {
    const handler = await importHandler(process.env._HANDLER, process.env.LAMBDA_TASK_ROOT);
    if (isStreaming(handler)) return new StreamingInvokeProcessor(handler, api, log);
    if (handler.length >= ARGUMENTS_WITH_CALLBACK) throw new CallbackHandlerDeprecated(NO_CALLBACKS);
    return new BufferedInvokeProcessor(handler, api, log);
  } catch (error) {
    log.error("Init Error", error);
    await api.failInit(errorObject(error));
    throw error;
  }
}

/** Lets what else is ready run before an invocation ends. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

// The names of these classes and their public members stand in user code's stack traces, as on AWS.

class BufferedInvokeProcessor {
  #api;
  #log;

  constructor(handler, api, log) {
    this.handler = handler;
    this.#api = api;
    this.#log = log;
  }

  async processInvoke(event, context) {
    try {
      const result = await this.handler(event, context);
      await turn();
      await this.#api.respond(context.awsRequestId, resultJson(result, JSONStringifyError));
    } catch (error) {
      await turn();
      this.#log.error("Invoke Error", error);
      await this.#api.fail(context.awsRequestId, errorObject(error), xrayCause(error));
    }
  }
}

class StreamingInvokeProcessor {
  #api;
  #log;

  constructor(handler, api, log) {
    this.handler = handler;
    this.#api = api;
    this.#log = log;
  }

  processInvoke(event, context) {
    return streamAnswer(this, this.#api, this.#log, event, context, (message) => new Error(message));
  }
}
