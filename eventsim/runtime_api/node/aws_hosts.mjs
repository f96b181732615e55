// Where do connections go that name AWS's own hosts, or an extension beside the handler? To the simulation, which knows
// by the requests who is meant.
//
// The SDK asks the endpoint of the simulation anyway; but URLs that AWS hands out (of queues, of functions and APIs, for
// the answers of custom resources, signed ones) lead to hosts that this machine must not reach. Whichever client asks
// for a connection (`http`, `https`, `fetch`, `undici`, …), it asks `net` or `tls` for it.

import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import tls from "node:tls";

const LOOPBACK = ["localhost", "127.0.0.1"];
const OF_AWS = /\.(amazonaws\.com(\.cn)?|on\.aws)$/;
const OF_FRONT_DOORS = /\.(execute-api|lambda-url|elb)\./;
const HTTPS_PORT = "443";

/** Say whether a host, with or without its port, is one of AWS's own. */
export const isOfAws = (host) => OF_AWS.test(`${host}`.replace(/:\d+$/, ""));

/** Say whether a connection is for one of AWS's own hosts. */
export const leadsToAws = ({ host }) => isOfAws(host);

/**
 * Return what says whether a connection is for a server in real time: for its front doors by AWS's names, to which
 * functions push messages, or for itself by HTTPS, as custom resources answer without reading a port.
 */
export function leadsToServer({ hostname, port: own }) {
  const here = [...LOOPBACK, hostname];
  return ({ host, port }) =>
    here.includes(host) ? [HTTPS_PORT, own].includes(String(port)) : isOfAws(host) && OF_FRONT_DOORS.test(`${host}`);
}

/** Return what says whether a connection is for an extension; `ports` are separated by commas. */
export function leadsToExtension(ports) {
  const known = ports.split(",");
  return ({ host, port }) => LOOPBACK.includes(host ?? "localhost") && known.includes(String(port));
}

/**
 * Have the simulation at an address (host and port) answer connections that are meant for it.
 *
 * @param {(options: { host?: string, port?: string | number }) => boolean} isMeant
 */
export function answerFor(address, isMeant) {
  const { hostname: host, port } = new URL(`http://${address}`);
  const there = { host, port: Number(port) };
  const { connect: realConnect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...values) {
    const [options, callback] = asOptions(values);
    if (!isMeant(options)) return realConnect.apply(this, values);
    return realConnect.call(this, { ...options, ...there, lookup: undefined }, callback);
  };
  const { connect: realConnectSecurely } = tls;
  tls.connect = (...values) => {
    const [options, callback] = asOptions(values);
    if (!isMeant(options) || options.socket) return realConnectSecurely(...values);
    return plainInsteadOfSecure({ ...there, highWaterMark: options.highWaterMark, signal: options.signal }, callback);
  };
  syncBuiltinESMExports();
}

/** Return a connection without encryption that behaves towards its user as one with it. */
function plainInsteadOfSecure(options, callback) {
  const socket = net.connect(options);
  Object.assign(socket, { alpnProtocol: false, authorized: true, encrypted: true });
  socket.once("connect", () => socket.emit("secureConnect"));
  if (callback) socket.once("secureConnect", callback);
  return socket;
}

/** Return options and callback of a connection, whichever way it was asked for: `net` itself passes both as one array. */
function asOptions([first, ...rest]) {
  if (Array.isArray(first)) return first;
  const callback = rest.find((value) => typeof value === "function");
  if (typeof first === "object") return [first ?? {}, callback];
  const host = rest.find((value) => typeof value === "string");
  return [{ port: first, host, ...rest.find((value) => typeof value === "object") }, callback];
}
