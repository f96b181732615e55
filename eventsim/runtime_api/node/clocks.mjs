// What tells a process the time? Dates, counters, marks of `performance`, timers of `console`, headers of answers.
//
// Not moved: the stamps of events and of files, and the processor's time.

import { ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";

/** Have everything that tells the time in this process ask a clock: `nowUs`, `nowMs()`, `startUs`, `passedMs()`. */
export function moveClocks(clock) {
  moveDate(clock);
  moveCounters(clock);
  movePerformance(clock);
  moveConsole(clock);
  moveDateHeader();
}

function moveDate(clock) {
  const RealDate = Date;
  RealDate.now = clock.nowMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values, newTarget) =>
      Reflect.construct(target, values.length ? values : [clock.nowMs()], newTarget),
    apply: () => new RealDate(clock.nowMs()).toString(),
  });
  RealDate.prototype.constructor = globalThis.Date;
  showSource(globalThis.Date, RealDate);
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

/** Show the source of what a stand-in stands for: libraries that are given a type look there for its name. */
function showSource(standIn, real) {
  const { prototype } = Function;
  const toString = new Proxy(prototype.toString, {
    apply: (target, self) => Reflect.apply(target, self === standIn ? real : self === toString ? target : self, []),
  });
  Object.defineProperty(prototype, "toString", { value: toString, configurable: true, writable: true });
}

function moveCounters(clock) {
  const nanoseconds = () => BigInt(clock.nowUs - clock.startUs) * 1000n;
  process.uptime = () => clock.passedMs() / 1000;
  process.hrtime = (since = [0, 0]) => {
    const passed = nanoseconds() - BigInt(since[0]) * 1_000_000_000n - BigInt(since[1]);
    return [Number(passed / 1_000_000_000n), Number(passed % 1_000_000_000n)];
  };
  process.hrtime.bigint = nanoseconds;
}

function movePerformance(clock) {
  const { mark, measure } = performance;
  const moved = {
    now: clock.passedMs,
    timeOrigin: clock.startUs / 1000,
    mark: (name, options) => mark.call(performance, name, { startTime: clock.passedMs(), ...options }),
    measure: (name, from, to) => {
      const span = from !== null && typeof from === "object" ? { ...from } : { start: from, end: to };
      if (span.end === undefined && span.duration === undefined) span.end = clock.passedMs();
      return measure.call(performance, name, span);
    },
  };
  for (const [name, value] of Object.entries(moved)) {
    Object.defineProperty(performance, name, { value, configurable: true, writable: true });
  }
}

function moveConsole(clock) {
  const begunMs = new Map();
  const tell = (method, ends) => (label = "default", ...values) => {
    if (!begunMs.has(`${label}`)) return process.emitWarning(`No such label '${label}' for console.${method}()`);
    console.log("%s: %s", label, spanText(clock.passedMs() - begunMs.get(`${label}`)), ...values);
    if (ends) begunMs.delete(`${label}`);
  };
  console.time = (label = "default") => {
    if (begunMs.has(`${label}`)) process.emitWarning(`Label '${label}' already exists for console.time()`);
    else begunMs.set(`${label}`, clock.passedMs());
  };
  console.timeLog = tell("timeLog", false);
  console.timeEnd = tell("timeEnd", true);
}

/** Return a span as `console.timeEnd` shows it: `12ms`, `1.500s`, `2:01.500 (m:ss.mmm)`. */
function spanText(ms) {
  if (ms < 1_000) return `${Number(ms.toFixed(3))}ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(3)}s`;
  const padded = (number) => `${number}`.padStart(2, "0");
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = ((ms % 60_000) / 1_000).toFixed(3).padStart(6, "0");
  return hours ? `${hours}:${padded(minutes)}:${seconds} (h:mm:ss.mmm)` : `${minutes}:${seconds} (m:ss.mmm)`;
}

/** Let the header `Date` of answers tell the same time as `Date`; Node.js writes it by a clock of its own. */
function moveDateHeader() {
  const { _storeHeader: storeHeader } = ServerResponse.prototype;
  ServerResponse.prototype._storeHeader = function (...values) {
    const { sendDate } = this;
    this.sendDate = false;
    storeHeader.apply(this, values);
    this.sendDate = sendDate;
    if (!sendDate || /\r\ndate:/i.test(this._header)) return;
    this._header = `${this._header.slice(0, -2)}Date: ${new Date().toUTCString()}\r\n\r\n`;
  };
}
