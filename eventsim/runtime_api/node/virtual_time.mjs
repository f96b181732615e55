// What time is it in here, and how does a timer wait? The simulation knows; this process only asks.
//
// Time stands still while code runs. It moves on when the platform says so: with an event, with the answer of a call,
// and when a wait is over. The process has one wait open at most, for the timer that is due first, and opens it only
// when it has nothing else to do but wait: what it was about to send has been sent. With every call that it makes and
// every answer that it gets it opens a new one; if it waits for calls only, for as long as may be. It tells the last
// answer that it has heard and how many calls have none yet. So the simulation may let time pass as soon as it has all
// of these, and timers that are due at one instant fire in the order in which they were set. A call to somebody else in
// the outside world is no waiting: it takes no time. Nor is what other threads do: they zip, encrypt, and run add-ons.
//
// Not moved: `Atomics.wait`, workers and contexts of `vm`, whose clocks are their own, and timers inside of Node.js.

import { subscribe } from "node:diagnostics_channel";
import { closeSync, existsSync, openSync, readdirSync, readSync } from "node:fs";
import { Agent, request } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { promisify } from "node:util";

import { readBody } from "./runtime_api.mjs";

const EPOCH_HEADER = "eventsim-epoch-us";
const NUMBER_HEADER = "eventsim-answer";
const DELAY_MAX_MS = 2 ** 31 - 1; // Node.js makes one millisecond of what is longer, shorter or no number
const WAIT_MAX_US = DELAY_MAX_MS * 1000;
const BUSY = /^(Immediate|FSReq\w+|GetAddrInfoReqWrap|((TCP|Pipe)?Connect|Process|Write|Shutdown)Wrap)$/;
const THREADS = "/proc/self/task"; // a system without it does not tell of threads
const MAIN_THREAD = process.pid;
const AT_WORK = /^.*\) [RD] /s; // running, or waiting for a disk

/**
 * Let this process live in virtual time from now on.
 *
 * @param {string} address host and port of the platform
 * @param {number} epochUs the instant, in microseconds since 1970
 * @returns {VirtualTimers} what is frozen between invocations
 */
export function enterVirtualTime(address, epochUs) {
  const clock = new VirtualClock(epochUs);
  const virtualTimers = new VirtualTimers(address, clock);
  moveDate(clock);
  moveCounters(clock);
  moveTimers(virtualTimers);
  watchCalls(clock, virtualTimers);
  return virtualTimers;
}

/** Take the time that answers tell, by `http` and by `fetch`; what is due by then fires before anybody sees them. */
function watchCalls(clock, virtualTimers) {
  const isOurs = ({ path }) => path.startsWith("/2018-06-01/") || path.startsWith("/_eventsim/");
  const hear = (header) => {
    clock.advance(header(EPOCH_HEADER));
    virtualTimers.hear(header(NUMBER_HEADER));
  };
  const hearAnswer = (header) => {
    hear(header);
    virtualTimers.fireDue();
  };
  const { addRequest } = Agent.prototype;
  Agent.prototype.addRequest = function (request, ...rest) {
    if (request.getHeader("expect")) virtualTimers.watchHead(request);
    return addRequest.call(this, request, ...rest);
  };
  subscribe("http.client.request.start", ({ request }) => {
    if (isOurs(request)) return;
    virtualTimers.beginCall(request);
    request.once("close", () => virtualTimers.endCall(request)); // it may have failed
  });
  subscribe("http.client.response.finish", ({ request, response }) => {
    const header = (name) => response.headers[name];
    if (isOurs(request)) return hear(header);
    virtualTimers.watchBody(response);
    hearAnswer(header);
    virtualTimers.endCall(request);
  });
  subscribe("http.server.request.start", ({ response }) => virtualTimers.beginService(response));
  subscribe("http.server.response.finish", ({ response }) => virtualTimers.endService(response));
  subscribe("undici:request:create", ({ request }) => virtualTimers.beginCall(request));
  subscribe("undici:request:error", ({ request }) => virtualTimers.endCall(request));
  subscribe("undici:request:headers", ({ request, response }) => {
    hearAnswer((name) => rawHeader(response.headers, name));
    virtualTimers.endCall(request);
  });
}

class VirtualClock {
  constructor(epochUs) {
    this.startUs = epochUs;
    this.nowUs = epochUs;
  }

  /** Move to an instant, as a number or a text; an earlier one, and none, changes nothing. */
  advance(epochUs) {
    if (Number(epochUs) > this.nowUs) this.nowUs = Number(epochUs);
  }

  nowMs = () => Math.floor(this.nowUs / 1000);
  passedMs = () => (this.nowUs - this.startUs) / 1000;
}

/** Headers of `fetch` come as names and values, one after the other, in bytes. */
function rawHeader(headers, name) {
  const index = headers.findIndex((part, place) => place % 2 === 0 && part.toString().toLowerCase() === name);
  return index < 0 ? undefined : headers[index + 1].toString();
}

// --- what tells the time ---------------------------------------------------------------------------------------

function moveDate(clock) {
  const RealDate = Date;
  RealDate.now = clock.nowMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values, newTarget) =>
      Reflect.construct(target, values.length ? values : [clock.nowMs()], newTarget),
    apply: () => new RealDate(clock.nowMs()).toString(),
  });
  RealDate.prototype.constructor = globalThis.Date;
  const { prototype } = Intl.DateTimeFormat;
  const { get } = Object.getOwnPropertyDescriptor(prototype, "format");
  const { formatToParts } = prototype;
  Object.defineProperty(prototype, "format", {
    configurable: true,
    get() {
      const format = get.call(this);
      return (date = clock.nowMs()) => format(date);
    },
  });
  prototype.formatToParts = function (date = clock.nowMs()) {
    return formatToParts.call(this, date);
  };
}

function moveCounters(clock) {
  const nanoseconds = () => BigInt(clock.nowUs - clock.startUs) * 1000n;
  Object.defineProperty(performance, "now", { value: clock.passedMs });
  process.uptime = () => clock.passedMs() / 1000;
  process.hrtime = (since = [0, 0]) => {
    const passed = nanoseconds() - BigInt(since[0]) * 1_000_000_000n - BigInt(since[1]);
    return [Number(passed / 1_000_000_000n), Number(passed % 1_000_000_000n)];
  };
  process.hrtime.bigint = nanoseconds;
}

// --- what waits ------------------------------------------------------------------------------------------------

function moveTimers(virtualTimers) {
  const { setTimeout: realSetTimeout } = globalThis;
  const set = (repeats) => (callback, delayMs, ...values) => {
    if (typeof callback !== "function") return realSetTimeout(callback); // Node.js says what is wrong with it
    return virtualTimers.add(new VirtualTimeout(virtualTimers, () => callback(...values), delayMs, repeats));
  };
  const clear = (timeout) => virtualTimers.find(timeout)?.close();
  const functions = { setTimeout: set(false), setInterval: set(true), clearTimeout: clear, clearInterval: clear };
  Object.defineProperty(functions.setTimeout, promisify.custom, { value: wait });
  Object.assign(globalThis, functions);
  Object.assign(timers, functions);
  Object.assign(timersPromises, { setTimeout: wait, setInterval: every });
  timersPromises.scheduler.wait = (delayMs, options) => wait(delayMs, undefined, options);
  AbortSignal.timeout = (delayMs) => {
    const controller = new AbortController();
    const { constructor: DOMException } = AbortSignal.abort().reason; // which is no global in Node.js 16
    const reason = () => new DOMException("The operation was aborted due to timeout", "TimeoutError");
    setTimeout(() => controller.abort(reason()), delayMs).unref();
    return controller.signal;
  };
  syncBuiltinESMExports();
}

/** `setTimeout` of `timers/promises`. */
function wait(delayMs, value, { signal, ref = true } = {}) {
  return new Promise((resolve, reject) => {
    const abort = () => {
      timeout.close();
      reject(abortError(signal));
    };
    const timeout = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve(value);
    }, delayMs);
    if (!ref) timeout.unref();
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

/** `setInterval` of `timers/promises`: no tick is lost while the loop's body waits. */
async function* every(delayMs, value, { signal, ref = true } = {}) {
  let ticks = 0;
  let wake = () => {};
  const interval = setInterval(() => {
    ticks += 1;
    wake();
  }, delayMs);
  if (!ref) interval.unref();
  const abort = () => wake();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    for (;;) {
      if (signal?.aborted) throw abortError(signal);
      if (ticks === 0) await new Promise((resolve) => (wake = resolve));
      for (; ticks > 0; ticks -= 1) yield value;
    }
  } finally {
    interval.close();
    signal?.removeEventListener("abort", abort);
  }
}

function abortError(signal) {
  const error = new Error("The operation was aborted", { cause: signal.reason });
  return Object.assign(error, { name: "AbortError", code: "ABORT_ERR" });
}

/** What `setTimeout` and `setInterval` return. */
class VirtualTimeout {
  static #count = 0;
  id = (VirtualTimeout.#count += 1);
  dueUs;
  #timers;
  #call;
  #delayUs;
  #repeats;
  #isRef = true;

  constructor(virtualTimers, call, delayMs, repeats) {
    const ms = delayMs >= 1 && delayMs <= DELAY_MAX_MS ? Math.trunc(delayMs) : 1;
    this.#timers = virtualTimers;
    this.#call = call;
    this.#delayUs = ms * 1000;
    this.#repeats = repeats;
  }

  /** Count from an instant on. */
  arm(nowUs) {
    this.dueUs = nowUs + this.#delayUs;
  }

  fire() {
    if (this.#repeats) this.refresh();
    else this.close();
    this.#call();
  }

  refresh() {
    this.#timers.add(this);
    return this;
  }

  close() {
    this.#timers.remove(this);
    return this;
  }

  ref() {
    return this.#setRef(true);
  }

  unref() {
    return this.#setRef(false);
  }

  hasRef() {
    return this.#isRef;
  }

  [Symbol.toPrimitive]() {
    return this.id;
  }

  #setRef(isRef) {
    this.#isRef = isRef;
    this.#timers.plan();
    return this;
  }
}

const canTellThreads = existsSync(THREADS);
const line = Buffer.alloc(128); // enough to see the state of a thread

/** Say whether a thread beside the one that asks is at work: Node.js does not tell of zipping, keys and add-ons. */
function isAnyThreadAtWork() {
  if (!canTellThreads) return false;
  return readdirSync(THREADS).some((id) => Number(id) !== MAIN_THREAD && isAtWork(`${THREADS}/${id}/stat`));
}

function isAtWork(file) {
  let descriptor;
  try {
    descriptor = openSync(file);
    return AT_WORK.test(line.toString("latin1", 0, readSync(descriptor, line)));
  } catch {
    return false; // it has ended
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

class VirtualTimers {
  #clock;
  #soon; // looks again on the machine's own clock
  #open; // opens a wait at the platform
  #pending = new Set(); // in the order in which they were set
  #isHere; // whether a call goes to the platform
  #calls = new Set(); // that have no answer yet
  #services = new Set(); // answers that this process itself owes as a server, to itself
  #heads = new Set(); // of requests that expect `100 Continue`
  #bodies = new Map(); // of the answers that calls get, with the bytes that their connection had read at the last look
  #wait; // the one that is open: { dueUs, isRef, request }
  #heard = 0; // the number of the last answer
  #isPlanned = false;
  #isQuiet = false; // whether the last look saw nothing at work
  #isFrozen = false;

  constructor(address, clock) {
    const { hostname, port } = new URL(`http://${address}`);
    const options = { hostname, port, path: "/_eventsim/sleep", method: "POST", agent: new Agent({ keepAlive: true }) };
    const realSetTimeout = setTimeout; // not the one that will wait here
    this.#soon = (look) => realSetTimeout(look, 1);
    this.#isHere = ({ origin, socket }) =>
      `${origin ?? `http://${socket?.remoteAddress}:${socket?.remotePort}`}` === `http://${address}`;
    this.#open = (whenAnswered) => request(options, whenAnswered);
    this.#clock = clock;
  }

  add(timeout) {
    this.#pending.delete(timeout);
    timeout.arm(this.#clock.nowUs);
    this.#pending.add(timeout);
    this.plan();
    return timeout;
  }

  remove(timeout) {
    if (this.#pending.delete(timeout)) this.plan();
  }

  /** Return a pending timer by what user code has of it. */
  find(timeout) {
    if (timeout instanceof VirtualTimeout) return timeout;
    return [...this.#pending].find(({ id }) => id === Number(timeout));
  }

  /** Remember the number of an answer: a wait tells of the last one. */
  hear(number = 0) {
    this.#heard = Math.max(this.#heard, Number(number));
  }

  /** Fire what is due. */
  fireDue() {
    for (let first = this.#first(); first?.dueUs <= this.#clock.nowUs; first = this.#first()) first.fire();
  }

  /** A call is being made. */
  beginCall(call) {
    this.#calls.add(call);
    this.#renew();
  }

  /** A call has its answer, or will never have one. */
  endCall(call) {
    this.#heads.delete(call);
    if (this.#calls.delete(call)) this.#renew();
  }

  /** Somebody calls this process: most likely itself, and then its call waits here and not outside. */
  beginService(response) {
    this.#services.add(response);
    response.once("close", () => this.#services.delete(response)); // it may have no end
  }

  /** This process has answered. */
  endService(response) {
    this.#services.delete(response);
  }

  /** Do not wait while the platform is asked whether it wants a body; it answers at once. */
  watchHead(request) {
    this.#heads.add(request);
    for (const event of ["continue", "close"]) request.once(event, () => this.#heads.delete(request));
  }

  /** Do not wait while a body flows in; who does not read it keeps it from flowing. */
  watchBody(response) {
    this.#bodies.set(response, 0);
    response.once("close", () => this.#bodies.delete(response));
  }

  /** Wait for nothing while the environment is frozen. */
  freeze() {
    this.#isFrozen = true;
    this.#abandon();
  }

  /** Go on at the instant that the clock has now; what is due by then fires. */
  thaw() {
    this.#isFrozen = false;
    this.plan();
  }

  /** See to it that the right wait is open, once the code that runs is through. */
  plan(schedule = setImmediate) {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    schedule(() => {
      this.#isPlanned = false;
      if (!this.#isFrozen) this.#step();
    });
  }

  /** Close the wait, and open one when the process is through with what it does now. */
  #renew() {
    this.#abandon();
    this.plan();
  }

  #step() {
    const first = this.#first();
    if (first?.dueUs <= this.#clock.nowUs) {
      this.plan(); // before it fires: what it throws must not stop the others
      first.fire();
      return;
    }
    const isRef = [...this.#pending].some((timeout) => timeout.hasRef());
    const dueUs = first?.dueUs ?? (this.#calls.size > 0 ? Infinity : undefined);
    if (this.#wait?.dueUs === dueUs && this.#wait?.isRef === isRef) return;
    this.#abandon();
    if (dueUs === undefined) return;
    if (this.#isBusy()) {
      this.#isQuiet = false;
      this.plan(this.#soon);
    } else if (!this.#isQuiet) {
      this.#isQuiet = true;
      this.plan(); // what a thread has finished before the look comes with the next turn
    } else {
      this.#isQuiet = false;
      this.#wait = this.#waitUntil(dueUs, isRef);
    }
  }

  #callsHere() {
    return [...this.#calls].filter(this.#isHere).length;
  }

  #isBusy() {
    if (this.#calls.size - this.#callsHere() > this.#services.size) return true;
    if (this.#heads.size > 0) return true;
    if (this.#hasFlowed()) return true;
    return process.getActiveResourcesInfo().some((kind) => BUSY.test(kind)) || isAnyThreadAtWork();
  }

  #hasFlowed() {
    let hasFlowed = false;
    for (const [body, before] of this.#bodies) {
      const bytesRead = body.socket?.bytesRead ?? before;
      this.#bodies.set(body, bytesRead);
      if (!body.complete && bytesRead > before) hasFlowed = true;
    }
    return hasFlowed;
  }

  #first() {
    let first;
    for (const timeout of this.#pending) if (!(first?.dueUs <= timeout.dueUs)) first = timeout;
    return first;
  }

  #waitUntil(dueUs, isRef) {
    const sent = this.#open((response) => {
      readBody(response).then((body) => this.#wake(sent, JSON.parse(body).epoch_us), onError);
    });
    const onError = (error) => {
      if (this.#wait?.request === sent) throw error; // otherwise it was abandoned
    };
    sent.on("error", onError);
    sent.on("socket", (socket) => (isRef ? socket.ref() : socket.unref()));
    const us = Math.min(dueUs - this.#clock.nowUs, WAIT_MAX_US);
    sent.end(JSON.stringify({ us, heard: this.#heard, calls: this.#callsHere() }));
    return { dueUs, isRef, request: sent };
  }

  #wake(sent, epochUs) {
    if (this.#wait?.request !== sent) return;
    this.#wait = undefined;
    this.#clock.advance(epochUs);
    this.plan();
  }

  #abandon() {
    const wait = this.#wait;
    this.#wait = undefined;
    wait?.request.destroy();
  }
}
