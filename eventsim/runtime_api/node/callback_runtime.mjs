// What do the runtimes up to nodejs22.x do with an event? A handler answers by promise, by `callback` or by `context`.
//
// The first answer counts. What a promise or `context` says is told at once; what `callback` says is told when the
// event loop is empty, unless `context.callbackWaitsForEmptyEventLoop` is false. A handler that has not answered by
// then has answered `null`. Whatever nobody catches is told and ends the process.

import { environmentData, invocationData, passTraceId } from "./context.mjs";
import { errorObject, UnhandledPromiseRejection, xrayCause } from "./errors.mjs";
import { isStreaming, requireHandler } from "./handler.mjs";
import { resultJson } from "./runtime_api.mjs";
import { addStreaming, streamAnswer } from "./streaming.mjs";

const EXIT_UNHANDLED_REJECTION = 128;
const EXIT_UNCAUGHT_EXCEPTION = 129;

/** Load the handler and run it for one event after another. */
export async function run(api, log) {
  const runtime = new Runtime(api, log);
  runtime.watchTrouble();
  addStreaming();
  await runtime.load(process.env._HANDLER, process.env.LAMBDA_TASK_ROOT);
  runtime.scheduleNext();
}

const isNothing = (value) => value === undefined || value === null;

/** Its name and those of its handler and public methods stand in user code's stack traces, as on AWS. */
class Runtime {
  handler;
  #isStreaming;
  #api;
  #log;
  #requestId; // of the latest invocation
  #isEnding = false;
  #whenIdle = () => {}; // what it means that the event loop is empty

  constructor(api, log) {
    this.#api = api;
    this.#log = log;
  }

  watchTrouble() {
    process.on("beforeExit", () => this.#whenIdle());
    process.on("uncaughtException", (error) => {
      this.#log.error("Uncaught Exception", error);
      this.#end(error, EXIT_UNCAUGHT_EXCEPTION);
    });
    process.on("unhandledRejection", (reason, promise) => {
      const error = Object.assign(new UnhandledPromiseRejection(reason), { reason, promise });
      this.#log.error("Unhandled Promise Rejection", error);
      this.#end(error, EXIT_UNHANDLED_REJECTION);
    });
  }

  async load(handler, root) {
    this.handler = await requireHandler(handler, root);
    this.#isStreaming = isStreaming(this.handler);
  }

  scheduleNext = () => {
    setImmediate(() => {
      if (this.#isEnding) return;
      const handled = this.#isStreaming ? this.handleOnceStreaming() : this.handleOnceNonStreaming();
      handled.catch(this.#endInTrouble);
    });
  };

  async handleOnceNonStreaming() {
    const { event, known } = await this.#next();
    const { callback, context } = this.#waysToAnswer(known.awsRequestId);
    const { succeed, fail } = context;
    try {
      const result = this.handler(event, Object.assign(context, environmentData(), known), callback);
      if (typeof result?.then === "function") result.then(succeed, fail).catch(fail);
    } catch (error) {
      callback(error);
    }
  }

  async handleOnceStreaming() {
    const { event, known } = await this.#next();
    const context = { callbackWaitsForEmptyEventLoop: true, ...environmentData(), ...known };
    this.#whenIdle = this.scheduleNext;
    await streamAnswer(this, this.#api, this.#log, event, context, String);
    if (context.callbackWaitsForEmptyEventLoop) this.#whenIdle = this.scheduleNext;
    else this.scheduleNext();
  }

  async #next() {
    const { headers, body } = await this.#api.next();
    const known = invocationData(headers);
    this.#requestId = known.awsRequestId;
    this.#log.setInvocation(known.awsRequestId, known.tenantId);
    passTraceId(headers);
    return { event: JSON.parse(body), known };
  }

  /** Return the callback and the context by which a handler may answer; whichever comes first is taken. */
  #waysToAnswer(id) {
    let waits = true;
    let isTaken = false;
    let isTold = false;
    const once = (answer) => (...args) => {
      if (isTaken) return;
      answer(...args);
      isTaken = true; // not when it threw: a result that is no JSON becomes an error
    };
    const tell = (result) => {
      if (isTold) {
        console.error(
          "Invocation has already been reported as done. Cannot call complete more than once per invocation.",
        );
        return;
      }
      isTold = true;
      this.#succeed(id, result);
    };
    const done = (error, result) => {
      this.#whenIdle = () => {};
      if (isNothing(error)) tell(result);
      else this.#fail(id, error);
    };
    const callback = (error, result) => {
      if (!waits || !isNothing(error)) done(error, result);
      else this.#whenIdle = () => setImmediate(tell, result);
    };
    this.#whenIdle = () => {
      isTold = true;
      this.#succeed(id, null);
    };
    const context = {
      get callbackWaitsForEmptyEventLoop() {
        return waits;
      },
      set callbackWaitsForEmptyEventLoop(value) {
        waits = value;
      },
      succeed: once((result) => done(null, result)),
      fail: once((error) => done(error ?? "handled")),
      done: once(done),
    };
    return { callback: once(callback), context };
  }

  #succeed(id, result) {
    this.#api.respond(id, resultJson(result, Error)).then(this.scheduleNext, this.#endInTrouble);
  }

  #fail(id, error) {
    this.#log.error("Invoke Error", error);
    this.#tellError(error, id).then(this.scheduleNext, this.#endInTrouble);
  }

  /** The Runtime API is not there any more, or does not do what it should. */
  #endInTrouble = (error) => {
    console.log(`Unexpected Top Level Error: ${error}`);
    this.#end(error, EXIT_UNCAUGHT_EXCEPTION);
  };

  #end(error, exitCode) {
    this.#isEnding = true;
    this.#tellError(error, this.#requestId).finally(() => process.exit(exitCode));
  }

  #tellError(error, id) {
    if (id === undefined) return this.#api.failInit(errorObject(error));
    return this.#api.fail(id, errorObject(error), xrayCause(error));
  }
}
