// What does the process wait for in virtual time? Its timers and its calls, by one wait that is open at the platform.
//
// It is for the timer that is due first, and is opened only when the process has nothing else to do but wait: what it
// was about to send has been sent. With every call that it makes and every answer that it gets it opens a new one; if it
// waits for calls only, for as long as may be. It tells the last answer that it has heard and how many calls have none
// yet. So the simulation may let time pass as soon as it has all of these, and timers that are due at one instant fire
// in the order in which they were set. A call to somebody else in the outside world is no waiting, nor is what other
// threads do. It tells, too, how much it has written into streamed answers.

import { Agent, request } from "node:http";

import { isOfAws } from "./aws_hosts.mjs";
import { readBody } from "./runtime_api.mjs";
import { isAnyThreadAtWork } from "./threads.mjs";

const DELAY_MAX_MS = 2 ** 31 - 1; // Node.js makes one millisecond of what is longer, shorter or no number
const WAIT_MAX_US = DELAY_MAX_MS * 1000;
const BUSY = /^(Immediate|FSReq\w+|GetAddrInfoReqWrap|((TCP|Pipe)?Connect|Process|Write|Shutdown)Wrap)$/;

/** What `setTimeout` and `setInterval` return. */
export class VirtualTimeout {
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

export class VirtualTimers {
  #clock;
  #soon; // looks again on the machine's own clock
  #open; // opens a wait at the platform
  #pending = new Set(); // in the order in which they were set
  #address; // of the platform
  #calls = new Set(); // that have no answer yet
  #services = new Set(); // answers that this process itself owes as a server, to itself
  #heads = new Set(); // of requests that expect `100 Continue`
  #bodies = new Map(); // of the answers that calls get, with the bytes that their connection had read at the last look
  #wait; // the one that is open: { dueUs, isRef, request }
  #heard = 0; // the number of the last answer
  #writtenBytes = 0; // into streamed answers
  #isPlanned = false;
  #isQuiet = false; // whether the last look saw nothing at work
  #isFrozen = false;

  constructor(address, clock) {
    const { hostname, port } = new URL(`http://${address}`);
    const options = { hostname, port, path: "/_eventsim/sleep", method: "POST", agent: new Agent({ keepAlive: true }) };
    const realSetTimeout = setTimeout; // not the one that will wait here
    this.#soon = (look) => realSetTimeout(look, 1);
    this.#address = address;
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

  /** Count what is written into a streamed answer: the platform shall have it all before time passes. */
  watchStream(request) {
    for (const name of ["write", "end"]) {
      const original = request[name].bind(request);
      request[name] = (chunk, ...rest) => {
        const encoding = typeof rest[0] === "string" ? rest[0] : undefined;
        if (typeof chunk === "string" || ArrayBuffer.isView(chunk)) this.#writtenBytes += Buffer.byteLength(chunk, encoding);
        this.#renew();
        return original(chunk, ...rest);
      };
    }
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

  /** How many calls the platform knows of and has not answered: one without a connection waits for another to end. */
  #callsSent() {
    return this.#callsHere().filter(({ agent, socket }) => socket || !agent).length;
  }

  #callsHere() {
    return [...this.#calls].filter((call) => {
      const host = call.origin === undefined ? call.host : new URL(call.origin).host; // `fetch` and `http` differ
      const { remoteAddress, remotePort } = call.socket ?? {};
      return isOfAws(host) || [host, `${remoteAddress}:${remotePort}`].includes(this.#address);
    });
  }

  #isBusy() {
    if (this.#calls.size - this.#callsHere().length > this.#services.size) return true;
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
    sent.end(JSON.stringify({ us, heard: this.#heard, calls: this.#callsSent(), written: this.#writtenBytes }));
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
