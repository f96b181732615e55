// What time is it in here, and how does a timer wait? The simulation knows; this process only asks.
//
// Time stands still while code runs. It moves on when the platform says so: with an event, with the answer of a call,
// and when a wait is over. What somebody else in the outside world does takes no time, nor what other threads do.
//
// Not moved: `Atomics.wait`, workers and contexts of `vm`, whose clocks are their own, and timers inside of Node.js.

import { subscribe } from "node:diagnostics_channel";
import { Agent } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { promisify } from "node:util";

import { moveClocks } from "./clocks.mjs";
import { VirtualTimeout, VirtualTimers } from "./virtual_timers.mjs";

const EPOCH_HEADER = "eventsim-epoch-us";
const NUMBER_HEADER = "eventsim-answer";

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
  moveClocks(clock);
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
