// How does HTTP/2 reach the simulation, which speaks HTTP/1.1? Every stream of a session is a request of its own.
//
// The SDK's clients of Kinesis and of Bedrock's runtime speak nothing else by themselves. What they use of
// `node:http2` is here; server push and trailers are not, and a session has nothing open that could time out.

import { EventEmitter } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";
import { Duplex } from "node:stream";

const OF_CONNECTIONS = ["connection", "keep-alive", "transfer-encoding"];

/**
 * Have sessions with the simulation consist of requests.
 *
 * @param {(url: URL) => boolean} isSimulated says whether the simulation answers for an authority
 */
export function sendStreamsAsRequests(isSimulated) {
  const realConnect = http2.connect;
  http2.connect = (authority, ...rest) => {
    const url = new URL(authority);
    if (!isSimulated(url)) return realConnect(authority, ...rest);
    const session = new Session(url);
    const whenConnected = rest.find((value) => typeof value === "function");
    if (whenConnected) session.once("connect", whenConnected);
    return session;
  };
  syncBuiltinESMExports();
}

class Session extends EventEmitter {
  closed = false;
  connecting = false;
  destroyed = false;
  #url;
  #streams = new Set();

  constructor(url) {
    super();
    this.#url = url;
    process.nextTick(() => this.emit("connect", this));
  }

  request({ ":authority": authority, ":method": method = "GET", ":path": path = "/", ...headers }, options) {
    const { hostname, host, port, protocol } = this.#url;
    const { request } = protocol === "http:" ? http : https;
    const stream = new Stream(request({ hostname, port, method, path, headers: { ...headers, host: authority ?? host } }));
    this.#streams.add(stream);
    stream.once("close", () => {
      this.#streams.delete(stream);
      if (this.closed && this.#streams.size === 0) this.destroy();
    });
    if (options?.endStream ?? ["GET", "HEAD", "DELETE"].includes(method)) stream.end();
    return stream;
  }

  close(callback) {
    if (callback) this.once("close", callback);
    this.closed = true;
    if (this.#streams.size === 0) this.destroy();
  }

  destroy(error) {
    if (this.destroyed) return;
    this.closed = this.destroyed = true;
    for (const stream of this.#streams) stream.destroy(error);
    process.nextTick(() => {
      if (error) this.emit("error", error);
      this.emit("close");
    });
  }

  settings(_settings, callback) {
    if (callback) process.nextTick(callback, null);
  }

  setTimeout() {
    return this;
  }

  ref() {}

  unref() {}
}

class Stream extends Duplex {
  #request;
  #response;
  #timeout;

  constructor(request) {
    super();
    this.#request = request;
    request.on("response", (response) => this.#receive(response));
    request.on("error", (error) => this.destroy(error));
  }

  close(_code, callback) {
    if (callback) this.once("close", callback);
    this.destroy();
  }

  /** Call something when nothing has come for a while. */
  setTimeout(delayMs, callback) {
    clearTimeout(this.#timeout);
    if (callback) this.once("timeout", callback);
    if (delayMs > 0) this.#timeout = setTimeout(() => this.emit("timeout"), delayMs).unref();
    return this;
  }

  #receive(response) {
    this.#response = response;
    const headers = Object.entries(response.headers).filter(([name]) => !OF_CONNECTIONS.includes(name));
    response.on("data", (chunk) => {
      this.#timeout?.refresh();
      if (!this.push(chunk)) response.pause();
    });
    response.on("end", () => this.push(null));
    this.emit("response", { ":status": response.statusCode, ...Object.fromEntries(headers) }, 0);
  }

  _read() {
    this.#response?.resume();
  }

  _write(chunk, encoding, callback) {
    this.#request.write(chunk, encoding, callback);
  }

  _final(callback) {
    this.#request.end(callback);
  }

  _destroy(error, callback) {
    clearTimeout(this.#timeout);
    if (!this.#response?.complete) this.#request.destroy();
    callback(error);
  }
}
